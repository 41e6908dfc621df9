import { join } from 'node:path';
import { measure } from '../measure.ts';
import type { Stage } from '../stage.ts';
import { type Captor, reading } from './captors.ts';
import { countsOf } from './file-counts.ts';
import type { Plan } from './plan.ts';

/** What of the corpus passes: about a third. */
export const expression = 'tcp port 80 and (src net 10.0.0.0/28 or dst net 10.0.0.0/28) and len > 100';

/** What is found of one that reads a file. */
export type Read = Readonly<Record<'perSecond' | 'cpuUs' | 'peakBytes', number>>;

/** Has one show a file as lines. @throws Error */
export function text(stage: Stage, captor: Captor, path: string, plan: Plan): Promise<Read> {
  return read(stage, captor, captor.text(path), plan);
}

/** Has one write what of a file passes a filter. @throws Error */
export async function filter(
  stage: Stage,
  captor: Captor,
  path: string,
  plan: Plan,
): Promise<Read & { readonly passed: number }> {
  const into = join(stage.folder, `passed-${captor.name}`);
  const found = await read(stage, captor, captor.filter(path, into, expression), plan);
  return { ...found, passed: countsOf(into).packets };
}

/** Has one show the conversations of a file. @throws Error */
export function flows(stage: Stage, captor: Captor, path: string, plan: Plan): Promise<Read> {
  return read(stage, captor, captor.flows?.(path) ?? [], plan);
}

async function read(stage: Stage, captor: Captor, words: readonly string[], { packets }: Plan): Promise<Read> {
  const { seconds, cpu, resident } = await measure(stage, captor.title, reading(stage, captor, words));
  return { perSecond: packets / seconds, cpuUs: (cpu * 1e6) / packets, peakBytes: resident };
}
