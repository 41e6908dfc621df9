// Shows how fast the workers are.
//   GET /        the page
//   GET /json    what it shows: hashes per second, and requests per second to each replica
// Its access log is /var/log/webui/access.log.
import { readFileSync } from 'node:fs';
import { appendFile, rename, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis, type Reply } from './redis.ts';
import { type Sample, Samples } from './samples.ts';
import { serve } from './serve.ts';

const page = readFileSync(new URL('page.html', import.meta.url));
const log = '/var/log/webui/access.log';
const redis = new Redis('redis');
const samples = new Samples(120);

function counts(reply: Reply): Record<string, number> {
  const words = Array.isArray(reply) ? reply : [];
  return Object.fromEntries(words.flatMap((word, at) => (at % 2 === 0 ? [[word, Number(words[at + 1])]] : [])));
}

async function sample(): Promise<Sample> {
  const [hashes, coins, rng, hasher] = await Promise.all([
    redis.ask('GET', 'hashes'),
    redis.ask('GET', 'coins'),
    redis.ask('HGETALL', 'rng'),
    redis.ask('HGETALL', 'hasher'),
  ]);
  return { time: Date.now(), hashes: Number(hashes), coins: Number(coins), rng: counts(rng ?? []), hasher: counts(hasher ?? []) };
}

/** Writes a line, and begins a new file when the old one is large. */
async function note(line: string): Promise<void> {
  await appendFile(log, line);
  if ((await stat(log)).size > 1_000_000) await rename(log, `${log}.1`);
}

serve(async ({ url = '/', method, headers }, response) => {
  const answers: Record<string, [string, string | Buffer]> = {
    '/': ['text/html; charset=utf-8', page],
    '/json': ['application/json', JSON.stringify(samples.view())],
  };
  const [type, body] = answers[url] ?? ['text/plain', 'there are / and /json\n'];
  const status = url in answers ? 200 : 404;
  response.writeHead(status, { 'content-type': type }).end(body);
  await note(`${new Date().toISOString()} ${method} ${url} ${status} ${headers['user-agent'] ?? '-'}\n`);
});

for (;;) {
  samples.add(await sample().catch(() => undefined));
  await pause(1000);
}
