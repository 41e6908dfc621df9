import { keepFreedMemory } from '#shared/linux/heap.ts';
import type { Life } from '#shared/run.ts';
import type { program } from './config.ts';
import { keepSchedule } from './daemon/daemon.ts';

/** The life of the backup sidecar. */
export type BackupLife = Life<(typeof program)['options'], (typeof program)['verbs']>;

/** Keeps the schedule until it is told to stop, or does what a verb asks for. What reads and writes backups is loaded only for a verb. */
export async function backup(life: BackupLife): Promise<void> {
  const { call } = life;
  if (call === undefined) return keepSchedule(life);
  keepFreedMemory();
  switch (call.verb) {
    case 'now':
      return (await import('./verbs/now.ts')).now(life, call.given);
    case 'list':
      return (await import('./verbs/list.ts')).list(life, call.given);
    case 'show':
      return (await import('./verbs/show.ts')).show(life, call.given);
    case 'verify':
      return (await import('./verbs/verify.ts')).verify(life, call.given);
    case 'restore':
      return (await import('./verbs/restore.ts')).restore(life, call.given);
    case 'drill':
      return (await import('./verbs/drill.ts')).drill(life, call.given);
    case 'diff':
      return (await import('./verbs/diff.ts')).diff(life, call.given);
    case 'prune':
      return (await import('./verbs/prune.ts')).prune(life, call.given);
    case 'unlock':
      return (await import('./verbs/unlock.ts')).unlock(life);
  }
}
