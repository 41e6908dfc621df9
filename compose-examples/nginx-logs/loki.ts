// A receiver that speaks as Loki does. It takes lines by Loki's push API, keeps them in a file, and answers simple queries.
//   node loki.ts [--listen 0.0.0.0:3100] [--folder /loki]
//   POST /loki/api/v1/push            JSON, also compressed with gzip
//   GET  /loki/api/v1/query_range     ?query={app="web"}&start=…&end=…&limit=…&direction=…
//   GET  /loki/api/v1/labels, /loki/api/v1/label/NAME/values
//   GET  /ready, /metrics
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { Journal } from './journal.ts';
import { type Entry, Malformed, readPush } from './push.ts';
import { queryRange } from './query.ts';
import { Streams } from './streams.ts';

const { values: options } = parseArgs({
  options: {
    listen: { type: 'string', default: '0.0.0.0:3100' },
    folder: { type: 'string', default: '/loki' },
  },
});

const journal = new Journal(join(options.folder, 'entries.ndjson'));
const streams = new Streams();
for (const line of journal.lines) {
  const { stamp, ...entry } = JSON.parse(line);
  streams.add({ ...entry, stamp: BigInt(stamp) });
}
/** What came since the start, with its repetitions. */
const count = { lines: 0, refused: 0 };

async function push(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { 'content-type': type = '', 'content-encoding': coding = 'identity' } = request.headers;
  if (type.split(';')[0] !== 'application/json') return answer(response, 415, `this receiver takes JSON, and no ${type}`);
  if (coding !== 'identity' && coding !== 'gzip') return answer(response, 415, `this receiver takes gzip, and no ${coding}`);
  const body = await buffer(request);
  const { entries, refused } = readPush(coding === 'gzip' ? unzipped(body) : body, Date.now());
  count.lines += entries.length;
  count.refused += refused.length;
  if (entries.length > 0) journal.append(entries.map(textOf));
  for (const entry of entries) streams.add(entry);
  if (refused.length === 0) response.writeHead(204).end();
  else answer(response, 400, refused.join('\n'));
}

function unzipped(body: Uint8Array): Uint8Array {
  try {
    return gunzipSync(body);
  } catch (error) {
    throw new Malformed(`the body is not gzip: ${error instanceof Error ? error.message : error}`);
  }
}

function textOf({ stamp, ...entry }: Entry): string {
  return JSON.stringify({ ...entry, stamp: String(stamp) });
}

function tell({ method, url = '/' }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(url, 'http://loki');
  const [, label] = /^\/loki\/api\/v1\/label\/(\w+)\/values$/.exec(pathname) ?? [];
  if (method !== 'GET') answer(response, 405, `there is no ${method} of ${pathname}`);
  else if (pathname === '/ready') answer(response, 200, 'ready');
  else if (pathname === '/metrics') answer(response, 200, metrics());
  else if (pathname === '/loki/api/v1/query_range') {
    const result = queryRange(streams, searchParams, Date.now());
    succeed(response, { resultType: 'streams', result });
  } else if (pathname === '/loki/api/v1/labels') succeed(response, distinct(streams.labels.flatMap(Object.keys)));
  else if (label !== undefined) succeed(response, distinct(streams.labels.flatMap((labels) => labels[label] ?? [])));
  else answer(response, 404, `there is no ${pathname}; loki.ts says what there is`);
}

function metrics(): string {
  return [
    '# TYPE loki_distributor_lines_received_total counter',
    `loki_distributor_lines_received_total{tenant="fake"} ${count.lines}`,
    '# TYPE loki_discarded_samples_total counter',
    `loki_discarded_samples_total{tenant="fake"} ${count.refused}`,
  ].join('\n');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function succeed(response: ServerResponse, data: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify({ status: 'success', data })}\n`);
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
}

const server = createServer(async (request, response) => {
  try {
    if (request.method === 'POST' && request.url === '/loki/api/v1/push') await push(request, response);
    else tell(request, response);
  } catch (error) {
    // the connection may have been cut within the request; then nobody reads the answer
    if (!response.headersSent) answer(response, error instanceof Malformed ? 400 : 500, String(error));
    else response.destroy();
  }
});
const { hostname, port } = new URL(`http://${options.listen}`);
server.listen(Number(port || 80), hostname);
await once(server, 'listening');
console.log(`listening on http://${hostname}:${(server.address() as AddressInfo).port}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => journal.close());
    server.closeIdleConnections();
  });
