// node hold.ts COUNT: holds so many connections to its port 7000, over each of which five bytes came from the server; ten more of which the server
// has ended; and a listener on 7001 that accepts nothing, with a queue of two, that has dropped some. It says `held` and stays.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { openLibc } from '../../../../../shared/linux/libc.ts';
import { Sockets } from '../../../../../shared/linux/socket.ts';

const count = Number(process.argv[2] ?? 1);
const held: (Socket | Server)[] = [];
const server = createServer({ allowHalfOpen: true }, (socket) => {
  held.push(socket);
  socket.on('error', () => {});
  socket.write('hello');
});
server.listen({ host: '127.0.0.1', port: 7000, backlog: 1000 });
await once(server, 'listening');
held.push(server);
const clients = await Promise.all(
  Array.from({ length: count }, async () => {
    const socket = connect({ host: '127.0.0.1', port: 7000, allowHalfOpen: true });
    await once(socket, 'data');
    return socket;
  }),
);
held.push(...clients);
// half closed: FIN-WAIT-2 on the client's side, CLOSE-WAIT on the server's
for (let index = 0; index < 10; index += 1) {
  const socket = connect({ host: '127.0.0.1', port: 7000, allowHalfOpen: true });
  await once(socket, 'data');
  socket.end();
  held.push(socket);
}
const sockets = new Sockets(openLibc());
sockets.listen({ type: 'tcp', family: 4, address: '127.0.0.1', port: 7001 }, 2);
for (let index = 0; index < 12; index += 1) {
  const socket = connect({ host: '127.0.0.1', port: 7001 });
  socket.on('error', () => {});
  held.push(socket);
}
await pause(3500);
console.log('held');
setInterval(() => held.length, 60_000);
