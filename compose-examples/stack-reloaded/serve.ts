import { createServer, type RequestListener } from 'node:http';

/** Serves on port 80 until the container is stopped, and finishes what was asked until then. */
export function serve(answer: RequestListener): void {
  const server = createServer(answer);
  server.listen(80, () => console.log('listening on port 80'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close(() => process.exit(0)));
}
