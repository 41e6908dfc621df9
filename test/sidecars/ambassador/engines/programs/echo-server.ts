// [PORT [BACKLOG]]: sends back what it gets. SIGTERM: accepts no more, and ends with the last connection.
import { createServer } from 'node:net';

const [port = 0, backlog = 4096] = process.argv.slice(2).map(Number);
const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen({ host: '127.0.0.1', port, backlog }, () => {
  process.send?.({ port: (server.address() as { port: number }).port });
});
process.on('SIGTERM', () => {
  process.disconnect?.();
  server.close();
});
