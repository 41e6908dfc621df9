import { Exit, exitCode } from '#shared/exit.ts';
import { print } from '#shared/print.ts';
import { table } from '#shared/tables/table.ts';
import type { Counters } from '../proc/counters.ts';
import { ProcNet } from '../proc/proc-net.ts';

/** What `netprobe netstat` is asked for. */
export interface NetstatWords {
  /** Names such as `TcpRetransSegs`, where `*` stands for anything. All of them where there is none. */
  readonly words: readonly string[];
  /** Whether those that are 0 are shown too. */
  readonly zeros: boolean;
  readonly json: boolean;
}

/**
 * `netprobe netstat`: the counters of the namespace by the names of nstat(8).
 * @throws Exit with 1 where they cannot be read, or where nothing has a name that was asked for.
 */
export async function netstat(_: unknown, given: NetstatWords): Promise<void> {
  const proc = new ProcNet();
  try {
    const counters = proc.counters();
    const [unread] = proc.unread.filter(({ expected }) => !expected);
    if (counters.size === 0)
      throw new Exit(exitCode.failed, unread ? `${unread.path}: ${unread.reason}` : 'there are no counters');
    const chosen = choose(counters, given);
    await print(
      given.json
        ? `${JSON.stringify(Object.fromEntries(chosen))}\n`
        : table(
            chosen.map(([name, value]) => [name, String(value)]),
            { right: [1] },
          ),
    );
  } finally {
    proc.close();
  }
}

/** In these files, but no counters: settings, and how many connections there are. nstat(8) leaves them out. */
const noCounters = new Set([
  'IpForwarding',
  'IpDefaultTTL',
  'TcpRtoAlgorithm',
  'TcpRtoMin',
  'TcpRtoMax',
  'TcpMaxConn',
  'TcpCurrEstab',
]);

/**
 * Those that are asked for, in the order of the kernel. Whoever asks by a whole name gets it, also where it is 0 or no counter.
 * @throws Exit with 1 naming what is the name of nothing.
 */
export function choose(
  counters: Counters,
  { words, zeros }: Pick<NetstatWords, 'words' | 'zeros'>,
): [name: string, value: number][] {
  const all = [...counters].map(([name, value]): [string, number] => [name.replace('_', ''), value]);
  const known = new Set(all.map(([name]) => name));
  const whole = new Set(words.filter((word) => known.has(word)));
  const patterns = words.map(matcher);
  const strange = words.filter((_, index) => !all.some(([name]) => patterns[index]?.(name)));
  if (strange.length > 0)
    throw new Exit(
      exitCode.failed,
      `no counter is called ${strange.join(', ')}; names are those of nstat, such as TcpRetransSegs, and * stands for anything: see netstat --zeros`,
    );
  return all.filter(
    ([name, value]) =>
      whole.has(name) ||
      (!noCounters.has(name) && (zeros || value !== 0) && (patterns.length === 0 || patterns.some((matches) => matches(name)))),
  );
}

/** Capitals and small letters are the same, as nobody remembers them. */
function matcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${escaped.join('.*')}$`, 'i');
  return (name) => expression.test(name);
}
