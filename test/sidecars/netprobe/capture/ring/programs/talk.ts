// node talk.ts tcp BYTES TEXT: connects to itself by 127.0.0.1 and sends so many bytes of that text each way.
// node talk.ts udp ADDRESS COUNT SIZE: sends so many datagrams of that size to the port 9 of the address, numbered in their first four bytes. 0 is without an end.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

const [kind, ...rest] = process.argv.slice(2);
if (kind === 'tcp') await exchange(Number(rest[0]), rest[1] ?? 'x');
else await sendDatagrams(rest[0] ?? '', Number(rest[1]), Number(rest[2]));

async function exchange(length: number, text: string): Promise<void> {
  const payload = Buffer.alloc(length, text);
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.resume().on('end', () => socket.end(payload)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.end(payload);
  client.resume();
  await once(client, 'close');
  server.close();
}

async function sendDatagrams(address: string, count: number, size: number): Promise<void> {
  const socket = createSocket('udp4');
  const payload = Buffer.alloc(size, 'x');
  for (let index = 0; index < count || count === 0; index += 1) {
    payload.writeUInt32BE(index);
    await new Promise((resolve) => socket.send(payload, 9, address, resolve));
    if (index % 500 === 0) await new Promise(setImmediate);
  }
  socket.close();
}
