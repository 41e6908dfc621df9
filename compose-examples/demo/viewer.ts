// Takes what a sidecar ships, and shows it beside what the application says it wrote.
//   node viewer.ts [--listen 127.0.0.1:0] [--app http://app:8080]
//   POST /logs    NDJSON, from the sidecar
//   GET /         the page, kept up to date by /events
//   GET /counts   the same as JSON, with the application asked anew
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { Arrivals, type ServerStatus } from './arrivals.ts';
import { listen, untilTold } from './serve.ts';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '0.0.0.0:8080' },
    app: { type: 'string', default: 'http://app:8080' },
  },
});

/** Milliseconds between two updates of the page. */
const pause = 250;
const page = readFileSync(new URL('page.html', import.meta.url));
const arrivals = new Arrivals();
const watching = new Set<ServerResponse>();

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
    arrivals.take(await text(request), Date.now());
    response.writeHead(204).end();
  },
  'GET /': async (_, response) => {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(page);
  },
  'GET /events': async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.on('close', () => watching.delete(response));
    watching.add(response);
    response.write(event());
  },
  'GET /counts': async (_, response) => {
    await askApplication();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(arrivals.snapshot(Date.now())));
  },
};

const told = untilTold();
const updates = setInterval(() => void update(), pause);
await listen(server, options.listen);
await told;
clearInterval(updates);
server.close();
server.closeAllConnections();

async function update(): Promise<void> {
  await askApplication();
  const now = event();
  // who does not read as fast as the page is updated gets fewer updates
  for (const response of watching) if (!response.writableNeedDrain) response.write(now);
}

/** How things stand, as a server-sent event. */
function event(): string {
  return `data: ${JSON.stringify(arrivals.snapshot(Date.now()))}\n\n`;
}

/** Asks how much was written. An application that does not answer wrote nothing more that is known: the last number stays. */
async function askApplication(): Promise<void> {
  try {
    const answer = await fetch(`${options.app}/server-status`, { signal: AbortSignal.timeout(2000) });
    if (answer.ok) arrivals.note((await answer.json()) as ServerStatus, Date.now());
  } catch {
    // it starts later than the viewer, and ends earlier
  }
}

async function notFound(_: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(404, { 'content-type': 'text/plain' }).end(`there are ${Object.keys(routes).join(', ')}\n`);
}
