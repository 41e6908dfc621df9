/** What the kernel counts of one network interface. */
export interface InterfaceCounters {
  readonly name: string;
  /** By direction and column: `receive_bytes`, `transmit_packets`; bytes, or packets. */
  readonly counters: ReadonlyMap<string, number>;
}

/**
 * Reads /proc/self/net/dev. The columns are named by its second line, whose three parts are apart by `|`; a column that a row does not
 * have is left out.
 * @see net/core/net-procfs.c, dev_seq_show
 */
export function interfaceCounters(text: string): InterfaceCounters[] {
  const [, header = '', ...rows] = text.split('\n');
  const [, receive = '', transmit = ''] = header.split('|');
  const columns = [...named('receive', receive), ...named('transmit', transmit)];
  const found: InterfaceCounters[] = [];
  for (const row of rows) {
    // the name is filled up in front, and a long number stands right behind its colon
    const colon = row.indexOf(':');
    if (colon < 0) continue;
    const words = split(row.slice(colon + 1));
    const counters = new Map<string, number>();
    for (const [i, column] of columns.entries()) {
      const value = Number(words[i] ?? Number.NaN);
      if (Number.isFinite(value)) counters.set(column, value);
    }
    found.push({ name: row.slice(0, colon).trim(), counters });
  }
  return found;
}

function named(direction: string, part: string): string[] {
  return split(part).map((column) => `${direction}_${column}`);
}

function split(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}
