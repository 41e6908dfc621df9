import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Admin, Handlers, serveAdmin } from '#shared/admin.ts';
import type { Listen } from '#shared/config/address.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';

/** A port of the loopback interface that nobody has. */
export const anyPort: Listen = { type: 'tcp', host: '127.0.0.1', port: 0 };

/** An admin server; the test closes it. */
export function serve({
  listen = anyPort,
  health = new Health(),
  status = () => ({}),
  handlers = new Handlers(),
  metrics = new Metrics('x'),
}): Promise<Admin> {
  return serveAdmin({ listen, health, metrics, status, handlers });
}

/** What `path` answers. */
export async function get(
  admin: Admin,
  path: string,
): Promise<{ code: number | undefined; type: string | undefined; body: string }> {
  const { code, type, body } = await send(admin, 'GET', path);
  return { code, type, body };
}

/** One request on a connection of its own, with all that matters of its answer. */
export async function send(admin: Admin, method: string, path: string, body = '', headers: Record<string, string> = {}) {
  const target = admin.address.startsWith('unix:')
    ? { socketPath: admin.address.slice('unix:'.length) }
    : { host: '127.0.0.1', port: new URL(admin.address).port };
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...target, method, path, headers, agent: false }, resolve)
      .once('error', reject)
      .end(body);
  });
  const { 'content-type': type, 'content-length': length, allow } = incoming.headers;
  return { code: incoming.statusCode, type, allow, length, headers: incoming.headers, body: await text(incoming) };
}
