// sidekick/backup: saves a neighbour's volumes, and brings them back.
//
//   wait → read → compress → encrypt → store → verify → prune → report          restore is the same backwards
//
// daemon/      the parent: keeps the schedule, serves health and metrics; each run is a process of its own
// schedule/    when: cron, time zones, jitter, times that were missed
// run/         one backup from the lease to the manifest
// sources/     what there is: volumes, the walk, what did not change, databases, hooks
// archive/     tar in zstd frames, written and read
// encryption/  age
// stores/      where backups are kept: a folder, S3
// catalog/     ids, files and manifests of the backups in a store
// lease/       one run at a time
// retention/   which backups stay
// reading/     from a store back to plain bytes
// verify/      whether a backup is what was written
// restore/     a backup, and the one that it needs, back into a folder
// report/      progress, tables, the webhook
// verbs/       what a person asks for
import { run } from '#shared/run.ts';
import { backup } from './backup.ts';
import { program } from './config.ts';

// what reaches out to stores is loaded only where it is used: the daemon alone is small
void run({ program, work: backup, check: async (life) => (await import('./check.ts')).check(life) });
