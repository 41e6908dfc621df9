// A guest book. It knows nothing of Sidekick, nor that somebody saves what it has.
//   POST /NAME   somebody was here, and left the body as a word
//   GET /        all guests, the first one first
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Guests } from './guests.ts';

const guests = await Guests.open();

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  try {
    const name = decodeURIComponent(url.slice(1));
    if (method === 'GET' && name === '') answer(200, await guests.all());
    else if (method === 'POST' && name !== '') answer(201, { id: await guests.add(name, await text(request)) });
    else answer(404, { error: 'there are GET / and POST /NAME' });
  } catch (error) {
    answer(500, { error: String(error) });
  }
});
server.listen(8080, () => console.log('listening on port 8080'));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => guests.close());
    server.closeIdleConnections();
  });
