// Asks what answer.ts answers: TCP, HTTP, UDP, DNS, ICMP, over IPv4 and IPv6.
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { openLibc } from '#shared/linux/libc.ts';
import { ping } from '#shared/linux/ping.ts';

/** Says something by TCP, and waits until so much came back. */
async function say(host: string, port: number, words: Buffer, answer: number): Promise<void> {
  const socket = createConnection({ host, port });
  await once(socket, 'connect');
  socket.write(words);
  for (let read = 0; read < answer; ) read += (await once(socket, 'data'))[0].length;
  socket.end();
  await once(socket, 'close');
}

/** Says something by UDP, and waits for an answer, or for what says that nobody is there. */
async function send(address: string, port: number): Promise<void> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.connect(port, address);
  await once(socket, 'connect');
  socket.send(Buffer.alloc(100, 0x55));
  await once(socket, 'message').catch(() => {});
  socket.close();
}

const libc = openLibc();
for (const host of ['10.9.0.2', 'fd09::2']) {
  await say(host, 5005, Buffer.alloc(20_000, 0x61), 40_000);
  await say(host, 80, Buffer.from('GET / HTTP/1.1\r\nHost: web\r\n\r\n'), 100);
  await say(host, 80, Buffer.from('GET /nothing?a=b HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n'), 100);
  await send(host, 5006);
  await send(host, 5007);
  await ping(libc, host, AbortSignal.timeout(10_000));
}
const refused = createConnection({ host: '10.9.0.2', port: 5008 });
await once(refused, 'error').catch(() => {});
const resolver = new Resolver();
resolver.setServers(['10.9.0.2']);
await resolver.resolve4('redis.test');
await resolver.resolve6('redis.test');
await resolver.resolveSrv('_redis._tcp.test');
for (const name of ['none.test', 'broken.test', 'a\\027[31m.test']) await resolver.resolve4(name).catch(() => {});
console.log('asked');
