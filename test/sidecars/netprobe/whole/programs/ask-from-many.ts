// node ask-from-many.ts PORT COUNT: makes a short connection from each of so many addresses of the loopback, and tells how many.
import { once } from 'node:events';
import { connect } from 'node:net';

const [port = '0', count = '1'] = process.argv.slice(2);
const last = Number(count);
let next = 1;

async function many(): Promise<void> {
  for (let index = next++; index <= last; index = next++) {
    const localAddress = `127.1.${index >> 8}.${index & 255}`;
    const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress, allowHalfOpen: true });
    socket.write('7\n');
    await once(socket, 'data');
    socket.end();
    socket.resume();
    await once(socket, 'close');
  }
}

await Promise.all(Array.from({ length: 40 }, many));
console.log(JSON.stringify({ connections: last }));
