// The receiver, a process of its own so that its work is nobody else's: it takes anything by HTTP and by TCP, and counts bytes
// and records. It is asked over the channel of child_process.fork: 'reset', …, 'count', 'leave', 'return'.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Body, lineEnds, recordsIn } from './records.ts';
import { RequestReader } from './request.ts';
import type { Asked, Count } from './sink.ts';

/** Now, in milliseconds since the epoch and comparable between processes of one machine. */
const now = () => performance.timeOrigin + performance.now();
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** How records are counted: each line end as it comes, the same with its stamp, or all at once when they are asked for. */
let mode: 'lines' | 'stamps' | 'kept' = 'lines';
let lines = 0;
let bytes = 0;
let first = 0;
let last = 0;
let latencies: number[] = [];
let kept: Body[] = [];
let load = performance.eventLoopUtilization();
const sockets = new Set<Socket>();

function take(part: Buffer): void {
  last = now();
  first ||= last;
  bytes += part.length;
  if (mode === 'kept') return;
  lines += lineEnds(part);
  if (mode === 'stamps')
    for (const [, sent] of part.toString('latin1').matchAll(/sent=(\d+\.\d+);/g)) latencies.push(last - Number(sent));
}

function serve(socket: Socket): void {
  let body: { head: string; parts: Buffer[] } = { head: '', parts: [] };
  const reader = new RequestReader({
    head: (head) => {
      body = { head, parts: [] };
      if (/^expect: *100-continue/im.test(head)) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    },
    body: (part) => {
      take(part);
      if (mode === 'kept') body.parts.push(part);
    },
    end: () => {
      if (mode === 'kept') kept.push(body);
      socket.write(answer);
    },
  });
  socket.setNoDelay(true).on('data', (part: Buffer) => reader.read(part));
  keep(socket);
}

function keep(socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
}

const http = createServer(serve);
const tcp = createServer((socket) => keep(socket.on('data', take)));

async function listen(server: Server, port = 0): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The address is kept for when it comes back. */
const ports = { http: await listen(http), tcp: await listen(tcp) };
process.send?.(ports);

process.on('message', async (asked: Asked) => {
  const busy = performance.eventLoopUtilization(load).utilization;
  if (asked === 'leave') {
    http.close();
    for (const socket of sockets) socket.destroy();
  } else if (asked === 'return') await listen(http, ports.http);
  else if (asked !== 'count') {
    [lines, bytes, first, last, latencies, kept, mode] = [0, 0, 0, 0, [], [], asked];
    load = performance.eventLoopUtilization();
  }
  for (const body of kept) lines += recordsIn(body);
  kept = [];
  process.send?.({ lines, bytes, first, last, latencies: asked === 'count' ? latencies : [], busy } satisfies Count);
});
process.on('disconnect', () => process.exit());
