// Pings: ping.ts TIMEOUT ADDRESS… prints a line for each, one after the other: the time in seconds, or the error.
import { readdirSync } from 'node:fs';
import { codeOf, messageOf } from '#shared/exit.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { ping } from '#shared/linux/ping.ts';

const [timeout, ...addresses] = process.argv.slice(2);
const libc = openLibc();
let before = 0;
for (const address of addresses) {
  const result = await ping(libc, address, AbortSignal.timeout(Number(timeout))).then(
    (seconds) => ({ address, seconds }),
    (error: unknown) => ({ address, code: codeOf(error), message: messageOf(error) }),
  );
  before ||= readdirSync('/proc/self/fd').length;
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
// a socket is closed in the turn after
await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${JSON.stringify({ leaked: Math.max(0, readdirSync('/proc/self/fd').length - before) })}\n`);
