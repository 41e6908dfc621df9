// node stall.ts CLIENTS ROUNDS: scrapes with clients that never read, and are gone after a moment; again and again.
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const [clients = '1', rounds = '1'] = process.argv.slice(2);
for (let round = 0; round < Number(rounds); round += 1) {
  const sockets = Array.from({ length: Number(clients) }, () => {
    const socket = connect(9804, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: probe\r\n\r\n');
    return socket;
  });
  await pause(200);
  for (const socket of sockets) socket.resetAndDestroy();
}
