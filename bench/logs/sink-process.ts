// The receiver, a process of its own so that its work is nobody else's: it takes anything by HTTP and by TCP, and counts bytes
// and line ends. It is asked over the channel of child_process.fork: 'reset', 'count'.
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Count } from './sink.ts';

/** Now, in milliseconds since the epoch and comparable between processes of one machine. */
const now = () => performance.timeOrigin + performance.now();
const lineEnd = 10;

let lines = 0;
let bytes = 0;
let first = 0;
let last = 0;
let latencies: number[] = [];
let stamped = false;
let load = performance.eventLoopUtilization();

function take(part: Buffer): void {
  last = now();
  first ||= last;
  bytes += part.length;
  for (let at = part.indexOf(lineEnd); at >= 0; at = part.indexOf(lineEnd, at + 1)) lines += 1;
  if (stamped) for (const [, sent] of part.toString('latin1').matchAll(/sent=(\d+\.\d+);/g)) latencies.push(last - Number(sent));
}

const http = createHttpServer((request, response) => {
  request.on('data', take);
  request.on('end', () => response.end());
});
const tcp = createTcpServer((socket) => void socket.on('data', take).on('error', () => socket.destroy()));

http.listen(0, '127.0.0.1', () =>
  tcp.listen(0, '127.0.0.1', () => {
    process.send?.({ http: (http.address() as AddressInfo).port, tcp: (tcp.address() as AddressInfo).port });
  }),
);

process.on('message', (asked: 'reset' | 'reset for stamps' | 'count') => {
  if (asked !== 'count') {
    [lines, bytes, first, last, latencies] = [0, 0, 0, 0, []];
    stamped = asked === 'reset for stamps';
    load = performance.eventLoopUtilization();
  }
  const busy = performance.eventLoopUtilization(load).utilization;
  process.send?.({ lines, bytes, first, last, latencies: asked === 'count' && stamped ? latencies : [], busy } satisfies Count);
});
process.on('disconnect', () => process.exit());
