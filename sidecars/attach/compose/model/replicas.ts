import { type Keys, keysOf } from './plain.ts';

/** How many containers of a service there are; undefined where a variable decides. */
export function replicasOf({ scale, deploy }: Keys): number | undefined {
  const written = scale ?? keysOf(deploy).replicas ?? 1;
  return /^\d+$/.test(String(written)) ? Number(written) : undefined;
}
