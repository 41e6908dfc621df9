// Visits the application over and over, by a new connection each time, and says each ten seconds how that went.
import { setTimeout as pause } from 'node:timers/promises';

const counts: Record<string, number> = {};

async function visit(): Promise<string> {
  try {
    const answer = await fetch('http://net:8080/', { headers: { connection: 'close' }, signal: AbortSignal.timeout(2000) });
    await answer.text();
    return String(answer.status);
  } catch {
    return 'failed';
  }
}

setInterval(() => console.log(JSON.stringify(counts)), 10_000);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
for (;;) {
  const outcome = await visit();
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  await pause(50);
}
