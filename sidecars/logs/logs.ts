import type { Life } from '#shared/run.ts';
import type { program } from './config.ts';
import { ship } from './pipeline.ts';
import { answer } from './verbs/answer.ts';

/** The life of the logs sidecar. */
export type LogsLife = Life<(typeof program)['options'], (typeof program)['verbs']>;

/** Answers what it was asked, or ships until it is told to stop. @throws Exit */
export async function logs(life: LogsLife): Promise<void> {
  if (life.call === undefined) await ship(life);
  else await answer(life, life.call);
}
