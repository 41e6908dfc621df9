/** Numbers by their names: `Tcp_RetransSegs`, `TcpExt_ListenDrops`, `Ip6_InOctets`, `TCP_inuse`. What the kernel does not tell has no entry. */
export type Counters = ReadonlyMap<string, number>;

/**
 * Reads pairs of lines, the first of which has the names and the second the numbers: /proc/self/net/snmp and netstat.
 * Which there are, and in which order, differs between kernels: they go by name. Names that have no number are left out.
 * @param found what it is added to, here and below
 * @returns `Tcp: ActiveOpens` as `Tcp_ActiveOpens`
 * @see net/ipv4/proc.c
 */
export function pairedCounters(text: string, found = new Map<string, number>()): Counters {
  let group = '';
  let names: readonly string[] = [];
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon <= 0) continue;
    const words = line.slice(colon + 2).split(' ');
    const named = line.slice(0, colon);
    if (named !== group) {
      group = named;
      names = words;
      continue;
    }
    for (const [i, name] of names.entries()) put(found, `${group}_${name}`, words[i]);
    group = '';
  }
  return found;
}

/**
 * Reads lines of a name and a number: /proc/self/net/snmp6.
 * @returns `Ip6InReceives` as `Ip6_InReceives`, so that it looks like those of {@link pairedCounters}
 * @see net/ipv6/proc.c
 */
export function listedCounters(text: string, found = new Map<string, number>()): Counters {
  for (const line of text.split('\n')) {
    const six = line.indexOf('6') + 1;
    // a tab follows the spaces that the name is filled up with
    const tab = line.indexOf('\t', six);
    if (six === 0 || tab < 0) continue;
    put(found, `${line.slice(0, six)}_${line.slice(six, tab).trimEnd()}`, line.slice(tab + 1));
  }
  return found;
}

/**
 * Reads lines of a group, and names each followed by its number: /proc/self/net/sockstat and sockstat6.
 * Its `mem` counts pages, all else sockets; `memory` is in bytes.
 * @returns `TCP: inuse 5 orphan 0` as `TCP_inuse` and `TCP_orphan`
 * @see net/ipv4/proc.c, sockstat_seq_show
 */
export function sockstatCounters(text: string, found = new Map<string, number>()): Counters {
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon <= 0) continue;
    const words = line.slice(colon + 2).split(' ');
    for (let i = 0; i + 1 < words.length; i += 2) put(found, `${line.slice(0, colon)}_${words[i]}`, words[i + 1]);
  }
  return found;
}

function put(found: Map<string, number>, name: string, text: string | undefined): void {
  const value = text ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) found.set(name, value);
}
