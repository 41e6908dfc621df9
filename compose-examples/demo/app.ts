// A small web shop that is dumb about logging: it appends to access.log and renames that from time to time.
// It knows nothing of any sidecar.
//   node app.ts [--listen 127.0.0.1:0] [--log /var/log/app/access.log] [--rotate BYTES] [--keep FILES]
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { AccessLog, formatAccess } from './access-log.ts';
import { listen, untilTold } from './serve.ts';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '0.0.0.0:8080' },
    log: { type: 'string', default: '/var/log/app/access.log' },
    rotate: { type: 'string', default: '131072' },
    keep: { type: 'string', default: '9' },
  },
});

const log = new AccessLog(options.log, { bytes: Number(options.rotate), keep: Number(options.keep) });
let requests = 0;

const server = createServer((request, response) => {
  // read to its end, so that the connection can take the next request
  request.resume();
  if (request.url === '/server-status') json(response, { requests, rotations: log.rotations });
  else request.on('end', () => answer(request, response));
});
const told = untilTold();
await listen(server, options.listen);
await told;
const closed = new Promise((resolve) => server.close(resolve));
server.closeIdleConnections();
await closed;
log.close();

/** Answers one request and logs it; /server-status alone is not logged, as usual for what monitors ask. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = page(request.method ?? '', request.url ?? '/');
  const line = formatAccess({
    client: String(request.headers['x-forwarded-for'] ?? request.socket.remoteAddress ?? ''),
    time: new Date(),
    requestLine: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    status,
    bytes: Buffer.byteLength(body),
    referer: request.headers.referer ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    id: requests + 1,
  });
  log.write(line);
  requests += 1;
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body);
}

interface Page {
  readonly status: number;
  readonly body: string;
}

function page(method: string, url: string): Page {
  const { pathname, searchParams } = new URL(url, 'http://shop');
  if (method === 'POST') return pathname === '/orders' ? { status: 201, body: '<p>Thank you.</p>' } : { status: 405, body: '' };
  if (pathname === '/') return { status: 200, body: '<h1>A small shop</h1>' };
  if (pathname === '/search') return { status: 200, body: `<p>${(searchParams.get('q') ?? '').length} letters looked for</p>` };
  const product = /^\/products\/(\d{1,3})$/.exec(pathname);
  if (product)
    return { status: 200, body: `<h1>Product ${product[1]}</h1>${'<p>It is good.</p>'.repeat(Number(product[1]) % 9)}` };
  return { status: 404, body: '<h1>Not found</h1>' };
}

function json(response: ServerResponse, content: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
