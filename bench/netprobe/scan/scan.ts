import type { Stage } from '../../stage.ts';
import { imageFlags, resultOf } from '../result.ts';
import type { Scan, Scanned, Way } from './ways.ts';

/**
 * Scans all sockets of the namespace, in a fresh process.
 * @param warm how often before it is measured
 * @param atLeast how many connections there are, which it has to find
 * @throws Error where it fails, or finds fewer
 */
export async function scan(stage: Stage, { name, peer }: Way, warm: number, times: number, atLeast: number): Promise<Scan> {
  const script = new URL('process.ts', import.meta.url);
  // who reads ss has all the memory that it wants
  const flags = peer === undefined ? imageFlags(stage) : [];
  const found = await resultOf<Scanned>(stage, `a scan by ${name}`, flags, [script, name, String(warm), String(times)]);
  const { connections, ...taken } = found;
  if (connections < atLeast) throw new Error(`a scan by ${name} found ${connections} of ${atLeast} connections`);
  return taken;
}
