// sidekick/logs: tails the log files of a neighbour and ships every line.
//
//   discover → follow → split → batch → ship → acknowledge → remember
//
// discover/   which files there are: globs, scans, hints of the kernel, names of rotated files
// follow/     what a file is and how far it was read: identity, cursor, ledger, the pump that moves its bytes
// record/     how bytes become records: lines and pieces, JSON
// ship/       batches on their way, again and again until they are acknowledged
// sinks/      where they go
// remember/   the positions that survive a restart
import { run } from '#shared/run.ts';
import { check } from './check.ts';
import { program } from './config.ts';
import { ship } from './pipeline.ts';

void run({ program, work: ship, check });
