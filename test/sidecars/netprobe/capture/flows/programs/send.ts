// node send.ts listen ADDRESS | node send.ts connect ADDRESS PORT BYTES: one end of a connection that carries bytes one way. Who listens says
// `listening PORT`, and `received BYTES` once there are as many as the first eight of them tell; who connects says `sent`. Both stay until their input ends.
import { connect, createServer } from 'node:net';

const [mode = '', address = '', port = '', size = ''] = process.argv.slice(2);
process.stdin.resume().on('end', () => process.exit());

if (mode === 'listen') {
  const server = createServer((socket) => {
    let received = 0;
    let wanted = 0;
    socket.on('data', (chunk: Buffer) => {
      if (received === 0) wanted = Number(chunk.readBigUInt64BE());
      received += chunk.length;
      if (received === wanted) console.log(`received ${received}`);
    });
  });
  server.listen(0, address, () => console.log(`listening ${(server.address() as { port: number }).port}`));
} else {
  const bytes = Buffer.alloc(Number(size));
  bytes.writeBigUInt64BE(BigInt(bytes.length));
  const socket = connect({ host: address, port: Number(port) }, () => socket.write(bytes, () => console.log('sent')));
}
