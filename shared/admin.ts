import { lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Listen } from './config/address.ts';
import type { Health } from './health.ts';
import { METRICS_TYPE, type Metrics } from './metrics.ts';

/** What the admin server shows, and where. */
export interface AdminOptions {
  readonly listen: Listen;
  readonly health: Health;
  readonly metrics: Metrics;
  /** What `/status` tells beside the health; anything that JSON can hold. */
  readonly status: () => Record<string, unknown>;
}

/** A running admin server. */
export interface Admin {
  /** Where it listens: `http://127.0.0.1:9801`, `unix:/path`, or `off`. */
  readonly address: string;
  /** Ends the server and all its connections at once, whatever they wait for. */
  close(): Promise<void>;
}

/** How long a client may take to send its request, in ms. A request has no body and fits one packet. */
const REQUEST_LIMIT = 2000;

/** How long `--healthy` waits for the answer, in ms. */
const ANSWER_LIMIT = 2000;

/**
 * Serves `/livez`, `/readyz`, `/metrics` and `/status`. The server does not keep the process alive: the work does.
 * @throws the system's error, such as EADDRINUSE or EACCES, where it cannot listen. A Unix socket that a dead process
 *   left behind is replaced.
 */
export async function serveAdmin(options: AdminOptions): Promise<Admin> {
  const { listen } = options;
  if (listen.type === 'off') return { address: 'off', close: async () => {} };
  const server = createServer(
    {
      headersTimeout: REQUEST_LIMIT,
      requestTimeout: REQUEST_LIMIT,
      connectionsCheckingInterval: 500,
      maxHeaderSize: 8192,
    },
    (incoming, outgoing) => answer(options, incoming, outgoing),
  );
  // More than the probes and scrapers of one sidecar; bounds what a flood of connections can cost.
  server.maxConnections = 64;
  server.on('connection', (socket) => socket.unref());
  await bind(server, listen);
  server.unref();
  return {
    address: describe(server, listen),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Asks a running sidecar's own `/livez`, for `--healthy`. Never throws: `text` says what was wrong.
 * With the admin server off nothing can be asked, and that counts as live: switching it off
 * must not make an orchestrator restart the container for ever.
 */
export async function askLive(listen: Listen): Promise<{ readonly live: boolean; readonly text: string }> {
  if (listen.type === 'off') return { live: true, text: 'the admin server is off, so there is nothing to ask' };
  if (listen.type === 'unix') return await ask({ socketPath: listen.path });
  const { host, port } = listen;
  if (host !== undefined && host !== '0.0.0.0' && host !== '::') return await ask({ host, port });
  // Without a host the server is bound to both families, or to IPv4 alone where the kernel has no IPv6.
  return await ask({ host: host === '::' ? '::1' : '127.0.0.1', port });
}

async function ask(target: { host: string; port: number } | { socketPath: string }): Promise<{ live: boolean; text: string }> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT);
  try {
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ ...target, path: '/livez', agent: false, signal }, resolve)
        .once('error', reject)
        .end();
    });
    return { live: answered.statusCode === 200, text: (await text(answered)).trimEnd() };
  } catch (error) {
    const where = 'port' in target ? `${target.host} port ${target.port}` : target.socketPath;
    const why = signal.aborted ? `no answer in ${ANSWER_LIMIT / 1000} s` : String(error);
    return { live: false, text: `cannot ask the admin server at ${where}: ${why}` };
  }
}

interface Page {
  readonly code: number;
  readonly type: string;
  readonly body: string;
}

const TEXT_TYPE = 'text/plain; charset=utf-8';

const pages: Readonly<Record<string, (options: AdminOptions) => Page>> = {
  '/livez': ({ health }) => ({ code: health.live ? 200 : 503, type: TEXT_TYPE, body: health.report() }),
  '/readyz': ({ health }) => ({ code: health.ready ? 200 : 503, type: TEXT_TYPE, body: health.report() }),
  '/metrics': ({ metrics }) => ({ code: 200, type: METRICS_TYPE, body: metrics.text() }),
  '/status': ({ health, status }) => ({
    code: 200,
    type: 'application/json',
    body: `${JSON.stringify({ ...status(), health }, null, 2)}\n`,
  }),
};

function answer(options: AdminOptions, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const page = choose(options, incoming.method, incoming.url ?? '');
  outgoing.writeHead(page.code, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    // A probe or a scrape every few seconds gains nothing from a kept connection.
    connection: 'close',
    ...(page.code === 405 && { allow: 'GET, HEAD' }),
  });
  outgoing.end(page.body);
}

function choose(options: AdminOptions, method: string | undefined, url: string): Page {
  const path = url.replace(/\?.*$/s, '');
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) return { code: 404, type: TEXT_TYPE, body: `not found; there are ${Object.keys(pages).join(' ')}\n` };
  if (method !== 'GET' && method !== 'HEAD') return { code: 405, type: TEXT_TYPE, body: 'only GET and HEAD are answered\n' };
  try {
    return page(options);
  } catch (error) {
    return { code: 500, type: TEXT_TYPE, body: `${path} failed: ${error}\n` };
  }
}

type Bound = Exclude<Listen, { type: 'off' }>;

async function bind(server: Server, listen: Bound): Promise<void> {
  try {
    await listening(server, listen);
  } catch (error) {
    if (listen.type !== 'unix' || !isErrno(error, 'EADDRINUSE') || !(await isStale(listen.path))) throw error;
    rmSync(listen.path, { force: true });
    await listening(server, listen);
  }
}

function listening(server: Server, listen: Bound): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = () => {
      server.off('error', reject);
      resolve();
    };
    if (listen.type === 'unix') server.listen(listen.path, done);
    else if (listen.host === undefined) server.listen(listen.port, done);
    else server.listen(listen.port, listen.host, done);
  });
}

/** Whether the file is a socket that no process listens on any more. */
function isStale(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(isErrno(error, 'ECONNREFUSED')));
  });
}

function describe(server: Server, listen: Bound): string {
  const address = server.address();
  if (listen.type === 'unix' || address === null || typeof address === 'string') return `unix:${address}`;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
