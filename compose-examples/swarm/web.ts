// The shop: GET /NAME asks pricing:8080, and a line of it goes to /var/log/web/access.log.
import { appendFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { serve } from './serve.ts';

/** Asks over a connection of its own. */
function priceOf(path: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(`http://pricing:8080${path}`, { agent: false }, resolve).on('error', reject);
  return promise.then(json);
}

serve(async ({ url = '/' }) => {
  const answer = (await priceOf(url)) as { readonly server: string };
  await appendFile('/var/log/web/access.log', `GET ${url} by ${answer.server}\n`);
  return [200, answer];
});
