import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports below those that systems give to clients: none of these can take one while its process is away for a moment. */
const ports = { first: 10_240, count: 22_000 };

/** An address of this machine alone that nobody listens on: `127.0.0.1:12345`. A random one, as several demos may run at once. */
export async function freeAddress(): Promise<string> {
  for (;;) {
    const port = ports.first + Math.floor(Math.random() * ports.count);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return `127.0.0.1:${port}`;
  }
}
