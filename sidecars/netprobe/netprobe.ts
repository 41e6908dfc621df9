import type { Life } from '#shared/run.ts';
import type { program } from './config.ts';
import { measure } from './measure.ts';
import type { verbs } from './verb-table.ts';
import { answer } from './verbs/answer.ts';

/** The life of the network probe. */
export type NetprobeLife = Life<(typeof program)['options'], typeof verbs>;

/** Answers what it was asked, or measures until it is told to stop. @throws Exit */
export async function probe(life: NetprobeLife): Promise<void> {
  if (life.call === undefined) await measure(life);
  else await answer(life, life.call);
}
