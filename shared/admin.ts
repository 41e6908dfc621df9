import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Listen } from './config/address.ts';
import { codeOf } from './exit.ts';
import type { Health } from './health.ts';
import { METRICS_TYPE, type Metrics } from './metrics.ts';
import { isStaleSocket } from './stale-socket.ts';

/** What the admin server shows, and where. */
export interface AdminOptions {
  readonly listen: Listen;
  readonly health: Health;
  readonly metrics: Metrics;
  /** What `/status` tells beside the health; anything that JSON can hold. */
  readonly status: () => Record<string, unknown>;
  /** Pages of the sidecar's own; more may be added while the server runs. */
  readonly handlers?: Handlers;
}

/** What a handler is asked. */
export interface AdminRequest {
  /** `HEAD` comes as `GET`: the server leaves out the body of the reply. */
  readonly method: string;
  /** Without the query, percent-encoded as it came: decode its segments after splitting it. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** As UTF-8; empty where there was none. */
  readonly body: string;
}

/** What a handler answers. A 204 or 304 is sent without body, type and length. */
export interface AdminReply {
  readonly code: number;
  /** The media type of the body. */
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers every method on its path. What it throws becomes a 500 with the message. */
export type AdminHandler = (request: AdminRequest) => AdminReply | Promise<AdminReply>;

/** The pages of a sidecar's own, beside those that every sidecar has. */
export class Handlers {
  readonly #byPath = new Map<string, AdminHandler>();

  /**
   * Adds a page.
   * @param path `/proxies` is also everything below, `/proxies/…`, unless a longer path is nearer; `/` is itself alone.
   * @throws Error for a path that is taken, as those of the four own pages are, or is none.
   */
  add(path: string, handler: AdminHandler): void {
    if (path !== '/' && !/^(\/[^/?#\s]+)+$/.test(path))
      throw new Error(`the path ${JSON.stringify(path)} is not of the form /a/b`);
    if (Object.hasOwn(pages, path) || this.#byPath.has(path)) throw new Error(`the path ${path} is served already`);
    this.#byPath.set(path, handler);
  }

  /** What answers a path: the handler of the longest path that it lies on or below. */
  find(path: string): AdminHandler | undefined {
    if (path === '/') return this.#byPath.get(path);
    for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf('/'))) {
      const handler = this.#byPath.get(at);
      if (handler !== undefined) return handler;
    }
    return undefined;
  }

  /** All paths, in the order in which they were added. */
  get paths(): readonly string[] {
    return [...this.#byPath.keys()];
  }
}

/** A running admin server. */
export interface Admin {
  /** Where it listens: `http://127.0.0.1:9801`, `unix:/path`, or `off`. */
  readonly address: string;
  /** Ends the server and all its connections at once, whatever they wait for. */
  close(): Promise<void>;
}

/** How long a client may take to send its request, in ms. Most have no body and fit one packet. */
const REQUEST_LIMIT = 2000;

/** How long the body of a request may be, in bytes. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Serves `/livez`, `/readyz`, `/metrics` and `/status`, and what the sidecar adds. The server does not keep the process alive: the work does.
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
    (incoming, outgoing) => void answer(options, incoming, outgoing),
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

const TEXT_TYPE = 'text/plain; charset=utf-8';

/** What is sent: the reply of a handler, or that of an own page, whose body may be UTF-8 already. */
interface Reply extends Omit<AdminReply, 'body'> {
  readonly body: string | Uint8Array;
  /** Called when the system has all of the body; not where the client goes before that. */
  readonly sent?: () => void;
}

const pages: Readonly<Record<string, (options: AdminOptions) => Reply>> = {
  '/livez': ({ health }) => ({ code: health.live ? 200 : 503, type: TEXT_TYPE, body: health.report() }),
  '/readyz': ({ health }) => ({ code: health.ready ? 200 : 503, type: TEXT_TYPE, body: health.report() }),
  '/metrics': ({ metrics }) => {
    const body = metrics.bytes();
    return { code: 200, type: METRICS_TYPE, body, sent: () => metrics.giveBack(body) };
  },
  '/status': ({ health, status }) => ({
    code: 200,
    type: 'application/json',
    body: `${JSON.stringify({ ...status(), health }, null, 2)}\n`,
  }),
};

/** Answers one request; never throws. */
async function answer(options: AdminOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const path = (incoming.url ?? '').replace(/\?.*$/s, '');
  try {
    const found = choose(options, path, incoming);
    if ('code' in found) send(outgoing, found);
    else send(outgoing, await handle(found.handler, path, incoming));
  } catch (error) {
    if (!outgoing.destroyed && !outgoing.headersSent) send(outgoing, plain(500, `${path} failed: ${error}`));
  }
}

function choose(options: AdminOptions, path: string, { method }: IncomingMessage): Reply | { readonly handler: AdminHandler } {
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page !== undefined) {
    if (method === 'GET' || method === 'HEAD') return page(options);
    return { ...plain(405, 'only GET and HEAD are answered'), headers: { allow: 'GET, HEAD' } };
  }
  const handler = options.handlers?.find(path);
  if (handler !== undefined) return { handler };
  return plain(404, `not found; there are ${[...Object.keys(pages), ...(options.handlers?.paths ?? [])].join(' ')}`);
}

async function handle(handler: AdminHandler, path: string, incoming: IncomingMessage): Promise<AdminReply> {
  const method = incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET');
  // There is no login, so a page that somebody happens to look at must not change anything through his browser.
  if (method !== 'GET' && incoming.headers.origin !== undefined)
    return plain(403, 'a web page may only read; use curl, or another client that is no browser');
  const body = await readBody(incoming);
  if (body === undefined) return plain(413, `the body is longer than ${BODY_LIMIT} bytes`);
  const query = new URLSearchParams((incoming.url ?? '').slice(path.length));
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, value?.toString()]));
  return await handler({ method, path, query, headers, body });
}

/** The body as UTF-8; undefined where it is too long. It is read to its end all the same: a client that still sends hears no answer. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > BODY_LIMIT) chunks.length = 0;
    else chunks.push(chunk);
  }
  return length > BODY_LIMIT ? undefined : Buffer.concat(chunks).toString();
}

function plain(code: number, text: string): AdminReply {
  return { code, type: TEXT_TYPE, body: `${text}\n` };
}

function send(outgoing: ServerResponse, { code, type, body, headers, sent }: Reply): void {
  const empty = code === 204 || code === 304;
  outgoing.writeHead(code, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(!empty && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    // A probe or a scrape every few seconds gains nothing from a kept connection.
    connection: 'close',
  });
  if (sent !== undefined) outgoing.once('finish', sent);
  outgoing.end(empty ? undefined : body);
}

type Bound = Exclude<Listen, { type: 'off' }>;

async function bind(server: Server, listen: Bound): Promise<void> {
  try {
    await listening(server, listen);
  } catch (error) {
    if (listen.type !== 'unix' || codeOf(error) !== 'EADDRINUSE' || !(await isStaleSocket(listen.path))) throw error;
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

function describe(server: Server, listen: Bound): string {
  const address = server.address();
  if (listen.type === 'unix' || address === null || typeof address === 'string') return `unix:${address}`;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
