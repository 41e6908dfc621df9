// An application with a cache at localhost:6379. It knows nothing of Sidekick, nor how many servers there are.
//   GET /pages/NAME   a page, out of the cache where it is there
//   GET /             what it has counted, and where its connections to the cache lead
import { createServer } from 'node:http';
import { Cache } from './cache.ts';

const cache = new Cache(6379, 4);
const counts = { answered: 0, failed: 0, hits: 0, misses: 0 };

async function page(name: string) {
  const key = `page:${name}`;
  const kept = await cache.get(key);
  counts[kept.value === null ? 'misses' : 'hits'] += 1;
  const text = kept.value ?? `The page ${name}, as it was rendered at ${new Date().toISOString()}.`;
  if (kept.value === null) await cache.set(key, text, 10);
  return { text, cached: kept.value !== null, server: kept.server };
}

const server = createServer(async ({ url = '/' }, response) => {
  const name = /^\/pages\/([\w-]+)$/.exec(url)?.[1];
  try {
    const known = url === '/' || name !== undefined;
    const shown = name === undefined ? { ...counts, reopened: cache.reopened, servers: await cache.servers() } : await page(name);
    if (name !== undefined) counts.answered += 1;
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(known ? shown : { error: 'there are / and /pages/NAME' })}\n`);
  } catch (error) {
    counts.failed += 1;
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify({ error: String(error) })}\n`);
  }
});
server.listen(8080, () => console.log('listening on port 8080'));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => void cache.close());
    server.closeIdleConnections();
  });
