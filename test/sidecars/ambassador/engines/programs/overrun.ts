// PORT: in a network of its own, a backend that does not read after the first word, and a client of it by way of an ambassador at PORT.
// It tells that the backend is `listening`; `connect`: that both are `joined`; `fill`: how many bytes of the client were `taken` until
// nothing more was; `reset`: that the client is `gone`, by a reset; `read`: 1 where the backend `ended` by a reset, once it reads again.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { Peer } from '#harness/tcp.ts';

const port = Number(process.argv[2]);
const tell = (message: Record<string, number>) => process.send?.(message);
/** What sockets hold of what is not read yet, those that are made from now on: at least, at first and at most. */
const hold = (bytes: number) => writeFileSync('/proc/sys/net/ipv4/tcp_rmem', `4096 ${bytes} ${bytes}`);

hold(65_536);
const server = createServer().listen({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
let client: Peer;
let backend: Peer;

const orders: Readonly<Record<string, () => Promise<void>>> = {
  connect: async () => {
    const came = once(server, 'connection') as Promise<[Socket]>;
    client = new Peer(connect({ host: '127.0.0.1', port }));
    await client.send('word');
    backend = new Peer((await came)[0]);
    await backend.receives(4);
    backend.stall();
    tell({ joined: 1 });
  },
  fill: async () => void tell({ taken: await client.sendUntilBlocked() }),
  reset: async () => {
    client.reset();
    tell({ gone: 1 });
  },
  read: async () => {
    backend.read();
    tell({ ended: Number((await backend.ending) === 'ECONNRESET') });
  },
};
process.on('message', (order) => void orders[String(order)]?.());
// an ambassador that is started now holds much more than its backend takes
hold(33_554_432);
tell({ listening: (server.address() as { port: number }).port });
