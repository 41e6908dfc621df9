// Says `ready`, and then the name of each signal that it gets. With an argument it first starts another process like itself, which says `ready`.
import { spawn } from 'node:child_process';

for (const signal of ['SIGUSR2', 'SIGHUP', 'SIGWINCH'] as const) process.on(signal, () => process.stdout.write(`${signal}\n`));
if (process.argv[2] === undefined) process.stdout.write('ready\n');
else spawn(process.execPath, [import.meta.filename], { argv0: process.argv0, stdio: 'inherit' });
// it lives until it is killed, or the test is over
process.stdin.resume();
