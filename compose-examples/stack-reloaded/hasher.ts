// Makes a SHA-256 of whatever it is sent, a little slowly.
//   POST /       the hash of the body, in hexadecimal
//   GET /count   how many it has made
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './serve.ts';

/** How long a hash takes; it makes one after the other. */
const milliseconds = 10;

let count = 0;
let turn = Promise.resolve();

serve(async (request, response) => {
  response.setHeader('host-name', hostname());
  if (request.method === 'POST') {
    const body = await buffer(request);
    turn = turn.then(() => pause(milliseconds));
    await turn;
    count += 1;
    response.end(createHash('sha256').update(body).digest('hex'));
  } else if (request.url === '/count') {
    response.end(`${count}\n`);
  } else {
    response.writeHead(404).end('there are POST / and /count\n');
  }
});
