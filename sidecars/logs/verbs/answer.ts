import type { Call } from '#shared/config/verb.ts';
import type { LogsLife } from '../logs.ts';
import type { verbs } from '../verb-table.ts';

/** Does what a verb asks for. What it takes is loaded with it. @throws Exit */
export async function answer(life: LogsLife, call: Call<typeof verbs>): Promise<void> {
  switch (call.verb) {
    case 'tail':
      return (await import('./tail.ts')).tail(life, call.given);
    case 'top':
      return (await import('./top.ts')).top(life, call.given);
    case 'verify':
      return (await import('./verify.ts')).verify(life, call.given);
  }
}
