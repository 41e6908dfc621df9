// node serve.ts ADDRESS PORT FIRST: answers each request of so many bytes as its first line says, and ends the connection first where FIRST is server.
// It tells what it sent and received, in JSON, when its standard input ends.
import { createServer } from 'node:net';

const [address = '127.0.0.1', port = '0', first = 'client'] = process.argv.slice(2);
let sent = 0;
let received = 0;
let connections = 0;
const server = createServer({ allowHalfOpen: true }, (socket) => {
  connections += 1;
  let head = '';
  let answered = false;
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (answered) return;
    head += chunk.toString('latin1');
    const end = head.indexOf('\n');
    if (end < 0) return;
    answered = true;
    const body = Buffer.alloc(Number(head.slice(0, end)));
    sent += body.length;
    if (first === 'server') socket.end(body);
    else socket.write(body);
  });
  socket.on('end', () => socket.end());
});
server.listen({ host: address, port: Number(port), backlog: 1024 }, () => {
  const at = server.address();
  console.log(`listening ${at !== null && typeof at === 'object' ? at.port : ''}`);
});
process.stdin.resume().on('end', () => {
  console.log(`told ${JSON.stringify({ sent, received, connections })}`);
  process.exit();
});
