// Visits the application over and over, by a new connection each time, and says each ten seconds how that went.
import { setTimeout as pause } from 'node:timers/promises';

const url = process.argv[2] ?? 'http://net:8080/';
const counts = { answered: 0, failed: 0 };

async function visit(): Promise<void> {
  try {
    const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(2000) });
    await answer.text();
    counts.answered += 1;
  } catch {
    counts.failed += 1;
  }
}

/** Comes again as soon as it was answered. */
async function visitor(): Promise<never> {
  for (;;) {
    await visit();
    await pause(50);
  }
}

setInterval(() => console.log(JSON.stringify(counts)), 10_000);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
// fewer than may wait, so that none is turned away as long as somebody accepts
await Promise.all(Array.from({ length: 8 }, visitor));
