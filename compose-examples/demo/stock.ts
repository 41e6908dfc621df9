// A small service that knows how many of each product are left. It runs twice, and knows neither its twin nor any sidecar.
//   node stock.ts [--listen 127.0.0.1:0]
//   GET /products/7   {"product":7,"left":12}
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { listen, untilTold } from './serve.ts';

const { values: options } = parseArgs({ options: { listen: { type: 'string', default: '0.0.0.0:7000' } } });

/** Requests on one connection, after which the client is asked to open another: so an instance that is back gets its share. */
const requestsPerConnection = 100;

const server = createServer((request, response) => {
  request.resume();
  const product = /^\/products\/(\d{1,3})$/.exec(request.url ?? '')?.[1];
  if (product === undefined) response.writeHead(404).end();
  else
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ product: Number(product), left: (Number(product) * 7) % 40 }));
});
server.maxRequestsPerSocket = requestsPerConnection;

const told = untilTold();
await listen(server, options.listen);
await told;
server.close();
server.closeAllConnections();
