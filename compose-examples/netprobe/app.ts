// An application with one thread that answers, whose queue of connections is short. It knows nothing of Sidekick.
//   port 8080   GET /              a word
//   port 8081   POST /block        the thread is busy until it is told otherwise: nobody is accepted any more
//               POST /unblock
//               GET /              whether it is
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';

/** 1 while the thread that answers has to be busy. */
const busy = new Int32Array(new SharedArrayBuffer(4));
const answering = new Worker(new URL('./answer.ts', import.meta.url), { workerData: busy });
await once(answering, 'message');

const control = createServer(({ method, url }, response) => {
  const told = method === 'POST' ? { '/block': 1, '/unblock': 0 }[url ?? ''] : undefined;
  if (told !== undefined) {
    Atomics.store(busy, 0, told);
    Atomics.notify(busy, 0);
    answering.postMessage('look');
  }
  const known = told !== undefined || (method === 'GET' && url === '/');
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
  response.end(
    `${JSON.stringify(known ? { busy: Atomics.load(busy, 0) === 1 } : { error: 'there are POST /block and /unblock' })}\n`,
  );
});
control.listen(8081, () => console.log('answers on port 8080, is told on port 8081'));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
