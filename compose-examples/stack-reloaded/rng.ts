// Gives random bytes, slowly: whoever needs many has to run several of it.
//   GET /32      32 random bytes
//   GET /count   how often it has given some
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { serve } from './serve.ts';

/** How long the source of randomness takes; it serves one after the other. */
const milliseconds = 50;

let count = 0;
let turn = Promise.resolve();

serve(async ({ url = '/' }, response) => {
  response.setHeader('host-name', hostname());
  const size = /^\/(\d{1,4})$/.exec(url)?.[1];
  if (size !== undefined) {
    turn = turn.then(() => pause(milliseconds));
    await turn;
    count += 1;
    response.end(randomBytes(Number(size)));
  } else if (url === '/count') {
    response.end(`${count}\n`);
  } else {
    response.writeHead(404).end('there are /SIZE and /count\n');
  }
});
