// HOST PORT NAME: sends back what it gets, with its name before each piece.
import { createServer } from 'node:net';

const [host, port, name] = process.argv.slice(2);
const server = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => socket.write(`${name}: ${chunk}`));
  socket.on('end', () => socket.end());
});
server.listen({ host: host as string, port: Number(port) }, () => process.send?.({ listening: 1 }));
