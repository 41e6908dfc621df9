// Keeps what it is sent: POST /lines appends to /data/lines.ndjson, from whoever knows the token; GET / tells how many lines there are.
import { readFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { serve } from './serve.ts';

const file = '/data/lines.ndjson';
const token = readFileSync('/run/secrets/token', 'utf8').trim();
await appendFile(file, '');

serve(async (request) => {
  if (request.method !== 'POST') return [200, { lines: (await readFile(file, 'utf8')).split('\n').length - 1 }];
  if (request.headers.authorization !== `Bearer ${token}`) return [401, { error: 'the token is missing or wrong' }];
  await appendFile(file, await text(request));
  return [200, {}];
});
