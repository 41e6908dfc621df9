/** What is read of /proc/PID/stat: proc_pid_stat(5). */
export interface Stat {
  readonly pid: number;
  /** At most 15 bytes, which the process may choose. */
  readonly name: string;
  readonly state: string;
  /** 0 where the parent is in another pid namespace: of the first process of a container, and of those that join it. */
  readonly parent: number;
  readonly threads: number;
  /** In hundredths of a second since the machine started. */
  readonly started: number;
}

const states: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting',
  Z: 'zombie',
  T: 'stopped',
  t: 'traced',
  I: 'idle',
  X: 'dead',
};

/** Reads a stat file; undefined where it is none. The name may hold blanks and parentheses, so it ends at the last one. */
export function parseStat(text: string): Stat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  // field 3, the state, is the first behind the name
  const number = (field: number) => Number(fields[field - 3] ?? Number.NaN);
  const pid = Number(text.slice(0, Math.max(open, 0)));
  const [parent, threads, started] = [number(4), number(20), number(22)];
  if (close < open || ![pid, parent, threads, started].every(Number.isInteger) || pid === 0) return undefined;
  const state = fields[0] ?? '';
  return { pid, name: text.slice(open + 1, close), state: states[state] ?? state, parent, threads, started };
}
