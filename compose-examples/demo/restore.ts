import { join } from 'node:path';
import type { Cast } from './cast.ts';
import { type Order, ordersIn } from './orders.ts';
import type { Stage } from './stage.ts';

/** What came back, beside what was there. */
export interface Restored {
  readonly orders: readonly Order[];
  readonly restored: readonly Order[];
}

const main = '../../sidecars/backup/main.ts';

/**
 * Saves the shop's orders once more, now that it has ended, and brings them back into a folder beside.
 * @throws Error with the sidecar's words where either fails, or SQLite's error where the database is not sound.
 */
export async function restoreBeside(stage: Stage, { backup, data }: Pick<Cast, 'backup' | 'data'>): Promise<Restored> {
  // one run of its own serves no admin address
  const { BACKUP_ADMIN, ...env } = backup;
  const beside = join(stage.folder, 'restored');
  for (const args of [['now'], ['restore', '--to', beside]]) {
    const run = stage.start(`backup ${args[0]}`, main, { args, env });
    const { code, signal } = await run.ended;
    if (code !== 0) throw new Error(`backup ${args[0]} ended with ${code ?? signal}:\n${run.said}`);
  }
  return { orders: ordersIn(data), restored: ordersIn(join(beside, data)) };
}
