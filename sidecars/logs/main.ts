// sidekick/logs: tails the log files of a neighbour and ships every line.
//
//   discover → follow → split → batch → ship → acknowledge → remember
//
// discover/      which files there are: globs, scans, hints of the kernel, names of rotated files
// follow/        what a file is and how far it was read: identity, cursor, ledger, the pump that moves its bytes
// record/        how bytes become records: lines, Docker, CRI, JSON, stack traces, filters
// ship/          batches on their way, again and again until they are acknowledged
// destinations/  where they go, each with settings and positions of its own
// sinks/         how each of them is spoken to
// remember/      the positions that survive a restart
// analysis/      what access logs tell while they pass
// page/          the live page of it, on the admin server
// verbs/         questions that people ask a shell: tail, top, verify
import { run } from '#shared/run.ts';
import { check } from './check.ts';
import { program } from './config.ts';
import { logs } from './logs.ts';

void run({ program, work: logs, check });
