import { cpuOfTree } from '../../usage.ts';

/** What a proxy took while something was measured. */
export interface Window {
  /** How long that was, in seconds. */
  readonly seconds: number;
  /** Its processor time, in seconds, with its children and all threads; NaN where there is no proxy. */
  readonly cpu: number;
}

/** How long something is done before it is measured, as a share of the time that it then is. */
const warmUp = 0.2;

/**
 * Does something for a while, and then for so many seconds under observation.
 * @param proxy the id of its process; undefined where there is none.
 * @param run does it for so many milliseconds. @param begin is called where the observation begins, to set counts to zero.
 */
export function observed(
  proxy: number | undefined,
  seconds: number,
  run: (milliseconds: number) => number,
  begin: () => void,
): Window {
  run(seconds * 1000 * warmUp);
  begin();
  const before = cpuOf(proxy);
  const took = run(seconds * 1000);
  return { seconds: took, cpu: cpuOf(proxy) - before };
}

function cpuOf(proxy: number | undefined): number {
  return proxy === undefined ? Number.NaN : cpuOfTree(proxy);
}
