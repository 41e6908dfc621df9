import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on `HOST:PORT` and says so on stdout; port 0 takes a free one.
 * @throws the system's error, such as EADDRINUSE.
 */
export async function listen(server: Server, address: string): Promise<void> {
  const { hostname, port } = new URL(`http://${address}`);
  server.listen(Number(port || 80), hostname);
  await once(server, 'listening');
  console.log(`listening on http://${hostname}:${(server.address() as AddressInfo).port}`);
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process as if nobody listened. */
export function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
