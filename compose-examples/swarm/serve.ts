import { createServer, type IncomingMessage } from 'node:http';

/** What is answered: a status, and a value that becomes JSON. */
export type Answer = readonly [status: number, body: unknown];

/** Serves JSON on port 8080 until the container is stopped, and finishes what was asked until then. */
export function serve(answer: (request: IncomingMessage) => Answer | Promise<Answer>): void {
  const server = createServer(async (request, response) => {
    const [status, body] = await Promise.try(answer, request).catch((error): Answer => [503, { error: String(error) }]);
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  });
  server.listen(8080, () => console.log('listening on port 8080'));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close(() => process.exit(0)));
}
