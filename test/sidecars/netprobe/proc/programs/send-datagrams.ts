import { createSocket } from 'node:dgram';

// sends so many datagrams of so many bytes to an address, one after the other

const [, , address, port, count, size] = process.argv;
const socket = createSocket('udp4');
const payload = Buffer.alloc(Number(size), 'x');
for (let i = 0; i < Number(count); i += 1) {
  await new Promise<void>((resolve, reject) => {
    socket.send(payload, Number(port), address, (error) => (error ? reject(error) : resolve()));
  });
}
socket.close();
console.log('{}');
