// An application that can be ill. It knows nothing of Sidekick.
//   GET /               an order; 500 while it is ill
//   POST /ill           it is ill from now on,
//   POST /well          until it is told that it is well
import { createServer } from 'node:http';

let isWell = true;
let orders = 0;

const server = createServer(({ method, url }, response) => {
  if (method === 'POST' && (url === '/ill' || url === '/well')) isWell = url === '/well';
  else if (method !== 'GET' || url !== '/') return void response.writeHead(404).end('there are GET /, POST /ill and /well\n');
  const told = isWell || method === 'POST';
  response.writeHead(told ? 200 : 500, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(told ? { order: orders++, isWell } : { error: 'out of stock' })}\n`);
});
server.listen(8080, () => console.log('answers on port 8080'));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
