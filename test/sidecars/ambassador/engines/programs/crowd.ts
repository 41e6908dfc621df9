// COUNT PORT: connects so many clients, and each sends a message of its own and waits for it to come back; then they stay.
// It tells how many are served and how many ended; `again`: all send once more; `leave`: all end.
import { connect, type Socket } from 'node:net';

const [count = 0, port = 0] = process.argv.slice(2).map(Number);
const clients = new Set<Socket>();
const asked = { served: 0, again: 0, ended: 0 };
let phase: 'served' | 'again' = 'served';
let left = count;

/** How many are on their way at a time: more than that would only fill queues. */
const together = 256;

function next(): void {
  if (left === 0) return;
  const message = `client ${left}`;
  left -= 1;
  // from several addresses, so that none runs out of ports
  const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${2 + (left % 4)}`, noDelay: true });
  let got = '';
  socket.setEncoding('utf8');
  socket.on('connect', () => {
    clients.add(socket);
    socket.write(message);
  });
  socket.on('data', (text: string) => {
    got += text;
    if (got.length < message.length) return;
    if (got !== message) throw new Error(`${JSON.stringify(got)} came back for ${message}`);
    got = '';
    asked[phase] += 1;
    next();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    clients.delete(socket);
    asked.ended += 1;
    next();
  });
  again.push(() => void socket.write(message));
}

const again: (() => void)[] = [];
for (let one = 0; one < together; one += 1) next();
setInterval(() => process.send?.(asked), 50).unref();
process.on('message', (what) => {
  if (what === 'again') {
    phase = 'again';
    for (const send of again) send();
  } else {
    for (const client of clients) client.end();
  }
});
