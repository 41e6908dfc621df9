// sidekick/ambassador: carries the TCP connections of a neighbour to living backends.
//
//   accept → pick → dial → join → account          beside it: resolve → check → health
//
// routes/     what routes are, and how they are written: words, files, old Docker links
// table/      the routes that run: listen, change, move to the other engine, leave
// engines/    what carries connections: net (Node's sockets) and splice (the kernel, by node:ffi), behind one interface
// dispatch/   the way of a client to a backend: pick, next one, queue, hold, and the ledger that counts
// preface/    what a client says first: PROXY headers, server names
// tls/        certificates, and TLS towards clients and backends
// resolve/    names become endpoints
// health/     checks and ejection: which backends are usable
// faults/     toxics for drills
// page/       the live page of the admin server
import { run } from '#shared/run.ts';
import { carry } from './ambassador.ts';
import { check } from './check.ts';
import { program } from './config.ts';

void run({ program, work: carry, check });
