// node ask.ts ADDRESS PORT COUNT FIRST: makes so many short connections to serve.ts, twenty at a time, and tells what it sent and received.
import { connect } from 'node:net';

const [host = '127.0.0.1', port = '0', count = '1', first = 'client'] = process.argv.slice(2);
let sent = 0;
let received = 0;
let left = Number(count);

async function one(): Promise<void> {
  const wanted = 1 + Math.floor(Math.random() * 3000);
  const head = `${wanted}\n`;
  const request = Buffer.alloc(head.length + Math.floor(Math.random() * 3000), head);
  const socket = connect({ host, port: Number(port), allowHalfOpen: true });
  socket.write(request);
  sent += request.length;
  let got = 0;
  for await (const chunk of socket) {
    got += chunk.length;
    received += chunk.length;
    if (first === 'client' && got === wanted) socket.end();
  }
  socket.end();
}

async function many(): Promise<void> {
  while (left-- > 0) await one();
}

await Promise.all(Array.from({ length: 20 }, many));
console.log(`told ${JSON.stringify({ sent, received, connections: Number(count) })}`);
