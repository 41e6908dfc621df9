// A small web shop that is dumb about logging, backup, discovery and monitoring: it appends to access.log and renames that from
// time to time, keeps its orders in a folder, and asks one address for what is in stock. It knows nothing of any sidecar.
//   node app.ts [--listen 127.0.0.1:0] [--log /var/log/app/access.log] [--rotate BYTES] [--keep FILES]
//               [--data /var/lib/app] [--stock http://stock:7000]
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { AccessLog, formatAccess } from './access-log.ts';
import { Orders } from './orders.ts';
import { listen, untilTold } from './serve.ts';
import { StockClient } from './stock-client.ts';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '0.0.0.0:8080' },
    log: { type: 'string', default: '/var/log/app/access.log' },
    rotate: { type: 'string', default: '131072' },
    keep: { type: 'string', default: '9' },
    data: { type: 'string', default: '/var/lib/app' },
    stock: { type: 'string', default: 'http://stock:7000' },
  },
});

const log = new AccessLog(options.log, { bytes: Number(options.rotate), keep: Number(options.keep) });
const orders = new Orders(options.data);
const stock = new StockClient(options.stock);
let requests = 0;
/** Answers that were an error of ours. */
let failed = 0;

// what monitors ask is not logged, as usual
const monitors: Record<string, (response: ServerResponse) => Promise<void>> = {
  '/server-status': async (response) =>
    json(response, 200, { requests, failed, rotations: log.rotations, orders: orders.count, repeats: stock.repeats }),
  '/ready': async (response) => {
    const ready = await stock.left(1).then(
      () => true,
      () => false,
    );
    json(response, ready ? 200 : 503, { ready });
  },
};

const server = createServer((request, response) => {
  const monitor = monitors[request.url ?? ''];
  if (monitor === undefined) return void answer(request, response);
  request.resume();
  return void monitor(response);
});
const told = untilTold();
await listen(server, options.listen);
await told;
const closed = new Promise((resolve) => server.close(resolve));
server.closeIdleConnections();
await closed;
stock.close();
orders.close();
log.close();

/** Answers one request and logs it. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, body } = await pageOf(request).catch((error) => {
    console.error(`${request.method} ${request.url}: ${error}`);
    return { status: 503, body: '<p>Please come again.</p>' };
  });
  requests += 1;
  if (status >= 500) failed += 1;
  const line = formatAccess({
    client: String(request.headers['x-forwarded-for'] ?? request.socket.remoteAddress ?? ''),
    time: new Date(),
    requestLine: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    status,
    bytes: Buffer.byteLength(body),
    referer: request.headers.referer ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    id: requests,
  });
  log.write(line);
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body);
}

interface Page {
  readonly status: number;
  readonly body: string;
}

async function pageOf(request: IncomingMessage): Promise<Page> {
  // read to its end, so that the connection can take the next request
  const sent = await text(request);
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop');
  if (request.method === 'POST') return pathname === '/orders' ? await order(sent) : { status: 405, body: '' };
  if (pathname === '/') return { status: 200, body: '<h1>A small shop</h1>' };
  if (pathname === '/search') return { status: 200, body: `<p>${(searchParams.get('q') ?? '').length} letters looked for</p>` };
  const product = /^\/products\/(\d{1,3})$/.exec(pathname)?.[1];
  if (product === undefined) return { status: 404, body: '<h1>Not found</h1>' };
  const left = await stock.left(Number(product));
  return {
    status: 200,
    body: `<h1>Product ${product}</h1><p>${left} left</p>${'<p>It is good.</p>'.repeat(Number(product) % 9)}`,
  };
}

async function order(form: string): Promise<Page> {
  const product = /^product=(\d{1,3})$/.exec(form)?.[1];
  if (product === undefined) return { status: 400, body: '<p>Which product?</p>' };
  const left = await stock.left(Number(product));
  const id = orders.add(Number(product), new Date());
  return { status: 201, body: `<p>Thank you for order ${id}: ${left > 0 ? 'it is on its way' : 'it comes in a week'}.</p>` };
}

function json(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
