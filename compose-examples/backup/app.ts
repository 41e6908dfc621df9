// A notebook. It knows nothing of Sidekick, nor that somebody saves what it has.
//   POST /TITLE   keeps the body as a note
//   GET /         all notes, and which notebook this is
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Notes } from './notes.ts';

const notes = new Notes('/var/lib/notes');

const server = createServer(async (request, response) => {
  const { method, url = '/' } = request;
  const answer = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  try {
    const title = decodeURIComponent(url.slice(1));
    if (method === 'GET' && title === '') answer(200, { key: notes.key, notes: notes.all() });
    else if (method === 'POST' && title !== '') answer(201, { id: notes.add(title, await text(request)) });
    else answer(404, { error: 'there are GET / and POST /TITLE' });
  } catch (error) {
    answer(500, { error: String(error) });
  }
});
server.listen(8080, () => console.log('listening on port 8080'));

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    server.close(() => notes.close());
    server.closeIdleConnections();
  });
