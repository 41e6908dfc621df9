// A web server in a namespace: /health is well until somebody asks for /break, and all answers hold a secret.
import { createServer } from 'node:http';

let status = 200;
createServer((request, response) => {
  if (request.url === '/break') status = 503;
  if (request.url === '/mend') status = 200;
  response.writeHead(request.url === '/health' ? status : 200).end('the secret of the answer\n');
}).listen(8080, '127.0.0.1', () => console.log('serving'));
