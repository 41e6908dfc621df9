import { quoted } from './shell.ts';

/** What the keys of compose under `service` mean to `docker run`. */
const flags: Readonly<Record<string, string>> = {
  user: '--user',
  group_add: '--group-add',
  cap_add: '--cap-add',
  mem_limit: '--memory',
  pids_limit: '--pids-limit',
  cpus: '--cpus',
};

/** Keys of compose as flags of `docker run`, and the names of those that are left out. */
export function flagsOfKeys(keys: Readonly<Record<string, unknown>>): {
  readonly flags: readonly string[];
  readonly leftOut: readonly string[];
} {
  const entries = Object.entries(keys);
  return {
    // a flag that is given again goes before the first, and one that may be given several times adds to it
    flags: entries.flatMap(([key, value]) => {
      const flag = flags[key];
      return flag === undefined ? [] : [value].flat().map((item) => `${flag} ${quoted(String(item))}`);
    }),
    leftOut: entries.flatMap(([key]) => (flags[key] === undefined ? [key] : [])),
  };
}
