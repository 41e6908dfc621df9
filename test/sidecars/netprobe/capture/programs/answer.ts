// Answers in a namespace, at 10.9.0.2 and fd09::2: TCP that says everything twice, HTTP, UDP that says it once, and names.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { DnsServer } from '#harness/dns-server.ts';

const twice = createServer((socket) => socket.on('data', (data: Buffer) => socket.write(Buffer.concat([data, data]))));
twice.listen(5005, '::');
const web = createHttpServer((request, response) => {
  request.resume();
  response.writeHead(request.url === '/' ? 200 : 404, { 'content-type': 'text/plain' }).end('hello\n');
});
web.listen(80, '::');
const once4 = createSocket('udp6').on('message', (message, { port, address }) => once4.send(message, port, address));
once4.bind(5006, '::');
await Promise.all([once(twice, 'listening'), once(web, 'listening'), once(once4, 'listening')]);
const names = new DnsServer();
names.zone = {
  'redis.test': { a: ['10.9.0.7', '10.9.0.8'], aaaa: ['fd09::7'] },
  '_redis._tcp.test': { srv: [{ name: 'redis.test', port: 6379, priority: 1, weight: 5 }] },
  'broken.test': { fails: 'SERVFAIL' },
};
await names.listen('10.9.0.2', 53);
console.log('answering');
