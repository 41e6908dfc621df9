// Listens on two ports, has three connections to one of them, a Unix socket, a file that is deleted and a name of its own choice; then waits.
import { once } from 'node:events';
import { openSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';

const [folder = '/tmp'] = process.argv.slice(2);
const held: unknown[] = [];
const [first, second, local] = [createServer((socket) => held.push(socket)), createServer(), createServer()] as const;
first.listen(0, '127.0.0.1');
second.listen(0, '127.0.0.1');
local.listen(join(folder, 'holder.sock'));
await Promise.all([first, second, local].map((server) => once(server, 'listening')));
const { port } = first.address() as AddressInfo;
for (let count = 0; count < 3; count += 1) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  held.push(socket);
}
const path = join(folder, 'gone');
openSync(path, 'w');
rmSync(path);
writeFileSync('/proc/self/comm', 'a) b (c');
writeFileSync(join(folder, 'ready'), `${process.pid} ${port}`);
setInterval(() => held, 1_000_000);
