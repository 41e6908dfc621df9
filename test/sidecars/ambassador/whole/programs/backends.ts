// Servers on addresses of the loopback, led by messages of the parent: the addresses that are listened on from now on, all with one port.
// Each says its own address to whoever comes, and sends back what it gets. On an address that goes, those who came stay.
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const port = Number(process.argv[2]);
const servers = new Map<string, Server>();

async function listenOn(addresses: readonly string[]): Promise<void> {
  for (const [address, server] of servers) {
    if (addresses.includes(address)) continue;
    server.close();
    servers.delete(address);
  }
  for (const address of addresses) {
    if (servers.has(address)) continue;
    const server = createServer((socket) => {
      socket.on('error', () => {}).write(`${address}\n`);
      socket.pipe(socket);
    });
    server.listen(port, address);
    servers.set(address, server);
    await once(server, 'listening');
  }
}

process.on('message', (addresses: string[]) => void listenOn(addresses).then(() => process.send?.('done')));
process.on('disconnect', () => process.exit());
process.send?.('done');
