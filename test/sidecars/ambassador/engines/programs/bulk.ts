// COUNT: listens, and when it is told a port, sends as much as it can over so many connections to there, that it drains itself.
import { connect, createServer } from 'node:net';

const count = Number(process.argv[2]);
const block = Buffer.alloc(256 * 1024, 'bulk ');
let bytes = 0;
const server = createServer((socket) => socket.on('data', (chunk) => (bytes += chunk.length)));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
setInterval(() => process.send?.({ bytes }), 50).unref();
process.on('message', (port) => {
  for (let one = 0; one < count; one += 1) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    const write = (): void => void socket.write(block, (error) => (error ? undefined : write()));
    write();
  }
});
process.on('disconnect', () => process.exit());
