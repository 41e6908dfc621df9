// Takes what the logs sidecar ships, asks the other sidecars how they are, and shows it beside what the shop says of itself.
//   node viewer.ts [--listen 127.0.0.1:0] [--app http://app:8080]
//                  [--logs http://…:9801] [--backup http://…:9802] [--ambassador http://…:9803] [--netprobe http://…:9804]
//   POST /logs    NDJSON, from the sidecar
//   GET /         the page, kept up to date by /events
//   GET /counts   the same as JSON, with everybody asked anew
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { page } from './page/page.ts';
import { Scenery } from './scene.ts';
import { listen, untilTold } from './serve.ts';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '0.0.0.0:8080' },
    app: { type: 'string', default: 'http://app:8080' },
    logs: { type: 'string', default: '' },
    ambassador: { type: 'string', default: '' },
    backup: { type: 'string', default: '' },
    netprobe: { type: 'string', default: '' },
  },
});

/** Milliseconds between two updates of the page. */
const pause = 250;
const scenery = new Scenery(options.app, options);
const watching = new Set<ServerResponse>();
const html = page();

const server = createServer((request, response) => {
  const asked = `${request.method} ${request.url?.replace(/\?.*$/s, '')}`;
  const answer = routes[asked] ?? notFound;
  answer(request, response).catch((error: unknown) => {
    // the connection may have been cut within the request; then nobody reads the answer
    if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain' });
    response.end(`${error}\n`);
  });
});

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>> = {
  'POST /logs': async (request, response) => {
    scenery.arrivals.take(await text(request), Date.now());
    response.writeHead(204).end();
  },
  'GET /': async (_, response) => {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(html);
  },
  'GET /events': async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.on('close', () => watching.delete(response));
    watching.add(response);
    response.write(event());
  },
  'GET /counts': async (_, response) => {
    await scenery.look();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(scenery.scene(Date.now())));
  },
};

const told = untilTold();
let looking = false;
const updates = setInterval(() => void update(), pause);
await listen(server, options.listen);
await told;
clearInterval(updates);
server.close();
server.closeAllConnections();
// whoever is asked at this moment need not answer any more
process.exit();

async function update(): Promise<void> {
  // one that does not answer must not pile up questions
  if (looking) return;
  looking = true;
  await scenery.look();
  looking = false;
  const now = event();
  // who does not read as fast as the page is updated gets fewer updates
  for (const response of watching) if (!response.writableNeedDrain) response.write(now);
}

/** How things stand, as a server-sent event. */
function event(): string {
  return `data: ${JSON.stringify(scenery.scene(Date.now()))}\n\n`;
}

async function notFound(_: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(404, { 'content-type': 'text/plain' }).end(`there are ${Object.keys(routes).join(', ')}\n`);
}
