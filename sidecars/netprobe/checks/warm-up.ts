import type { Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { connectToAny } from './connect.ts';
import { askHttp } from './http.ts';
import { prepare } from './make.ts';
import { resolveHost } from './names/resolve.ts';
import type { CheckTarget } from './target.ts';

/**
 * Has Node load and compile what checks need, on nobody but ourselves. For who makes checks once: a first request would take ten milliseconds
 * more than the network does.
 */
export async function warmUp(targets: readonly CheckTarget[]): Promise<void> {
  for (const target of targets) prepare(target);
  const soon = performance.now() + 1000;
  const { signal } = new AbortController();
  await resolveHost('localhost', soon, signal);
  // nobody can listen on port 0
  await connectToAny(['127.0.0.1'], 0, soon, signal).catch(() => {});
  if (targets.some(({ type }) => type === 'http' || type === 'https')) await askOurselves(signal);
}

/** A request over memory. */
async function askOurselves(signal: AbortSignal): Promise<void> {
  const [near, far] = duplexPair();
  far.once('data', () => far.end('HTTP/1.1 204 No Content\r\n\r\n')).on('error', () => {});
  const question = { host: 'localhost', port: 80, path: '/', defaultPort: 80 };
  await askHttp(near as Socket, question, signal).catch(() => {});
}
