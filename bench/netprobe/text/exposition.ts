import type { Stage } from '../../stage.ts';
import { imageFlags, resultOf } from '../result.ts';

/** How many series are written. */
const series = 10_000;

/** What writing them once takes, as the bytes that go out. */
export type Exposition = Readonly<Record<'series' | 'kilobytes' | 'bytesMs', number>>;

/** Writes the metrics of peers, in a fresh process. @throws Error where it fails, or series are missing */
export async function exposition(stage: Stage, times: number): Promise<Exposition> {
  const script = new URL('process.ts', import.meta.url);
  const found = await resultOf<Exposition>(stage, 'the exposition', imageFlags(stage), [script, String(series), String(times)]);
  if (found.series < series) throw new Error(`the exposition has ${found.series} of ${series} series`);
  return found;
}
