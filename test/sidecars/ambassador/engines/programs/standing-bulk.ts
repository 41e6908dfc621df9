// PORT COUNT: in a network of its own, so many streams by way of an ambassador at PORT, whose backend reads nothing after the first word.
// It tells that the backend is `listening`; `connect`: that all are `joined`, and how often that was so; `fill`: how many bytes of the
// clients were `taken` until nothing more was; `leave`: all end.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Peer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const tell = (message: Record<string, number>) => process.send?.(message);

// what a socket holds of what is not read yet: much, and from the first
writeFileSync('/proc/sys/net/ipv4/tcp_rmem', '4096 16777216 16777216');
const backends: Peer[] = [];
const clients: Peer[] = [];
const server = createServer((socket) => backends.push(new Peer(socket))).listen({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
let rounds = 0;

const orders: Readonly<Record<string, () => Promise<void>>> = {
  connect: async () => {
    for (let one = 0; one < count; one += 1) clients.push(new Peer(connect({ host: '127.0.0.1', port })));
    for (const client of clients) await client.send('word');
    // who looks whether the backend is there says no word
    await until('all are there', () => backends.filter(({ bytes }) => bytes === 4).length === count);
    for (const backend of backends) backend.stall();
    rounds += 1;
    tell({ joined: rounds });
  },
  fill: async () => {
    const taken = await Promise.all(clients.map((client) => client.sendUntilBlocked()));
    tell({ taken: taken.reduce((sum, bytes) => sum + bytes, 0), round: rounds });
  },
  leave: async () => {
    for (const peer of [...clients.splice(0), ...backends.splice(0)]) peer.reset();
  },
};
process.on('message', (order) => void orders[String(order)]?.());
tell({ listening: (server.address() as { port: number }).port });
