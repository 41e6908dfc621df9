import { readFileSync } from 'node:fs';
import { coreTime, cpuOfTree, onlyCoreOf } from '../../usage.ts';

/** What a proxy took while something was measured. Times are in seconds, and NaN where nobody knows: there is no proxy, or it has no core of its own. */
export interface Window {
  readonly seconds: number;
  /** Processor time of the proxy, with its children and all threads. */
  readonly cpu: number;
  /** What others took of its core, programs and guests of the host: the less, the more the rest can be believed. */
  readonly others: number;
}

/** How long something is done before it is measured, as a share of the time that it then is. */
export const warmUp = 0.25;
/** How long it may take until anything comes about, in milliseconds. */
export const patience = 10_000;

/** Looks at a proxy from now on. @returns what it took since, each time that it is called. @throws Error where it ends. */
export function watch(proxy: number | undefined): () => Window {
  const look = looking(proxy);
  const [begun, before] = [performance.now(), look()];
  return () => {
    const after = look();
    const cpu = after.cpu - before.cpu;
    return {
      seconds: (performance.now() - begun) / 1000,
      cpu,
      // times are rounded to hundredths
      others: Math.max(0, after.core - before.core - cpu),
    };
  };
}

/** What is observed. */
export interface Deed {
  /** Does it for so many milliseconds, or until something is so. */
  readonly run: (milliseconds: number, done: () => boolean) => void;
  /** Sets counts to zero: the observation begins. */
  readonly begin: () => void;
  /** Whether anything came about. A slow machine gets more time for that than was planned. */
  readonly some: () => boolean;
}

/** Does something for a while, and then for so many seconds under observation. */
export function observed(proxy: number | undefined, seconds: number, { run, begin, some }: Deed): Window {
  const never = () => false;
  run(seconds * 1000 * warmUp, never);
  begin();
  const window = watch(proxy);
  run(seconds * 1000, never);
  if (!some()) run(patience, some);
  return window();
}

function looking(proxy: number | undefined): () => { cpu: number; core: number } {
  if (proxy === undefined) return () => ({ cpu: Number.NaN, core: Number.NaN });
  const core = onlyCoreOf(readFileSync(`/proc/${proxy}/status`, 'latin1'));
  return () => ({
    cpu: cpuOfTree(proxy),
    core: core === undefined ? Number.NaN : coreTime(readFileSync('/proc/stat', 'latin1'), core),
  });
}
