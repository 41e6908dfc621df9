import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { freePort } from '#harness/free-port.ts';

/** What is said of a name: IPv4 addresses, a code instead, nothing at all, or that the answer is too long for a datagram. */
export type Said =
  | readonly string[]
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'silence'
  | { readonly byTcp: readonly string[] }
  | { readonly after: number; readonly say: readonly string[] };

const codes = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
/** What is said about how long it may be kept, in seconds. */
export const ttl = 321;

/** A name server of one test, by UDP and TCP on one port of the loopback (RFC 1035); of names that it does not know it says NXDOMAIN. */
export async function nameServer(t: TestContext, zone: Readonly<Record<string, Said>>) {
  const port = await freePort();
  const udp = createSocket('udp4');
  const asked: string[] = [];
  udp.on('message', (query, from) => {
    asked.push(nameIn(query));
    const said = zone[nameIn(query)] ?? 'NXDOMAIN';
    if (said === 'silence') return;
    const wait = typeof said === 'object' && 'after' in said ? said.after : 0;
    setTimeout(() => udp.send(answer(query, said, false), from.port, from.address), wait);
  });
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      const query = data.subarray(2);
      asked.push(`${nameIn(query)} by TCP`);
      const reply = answer(query, zone[nameIn(query)] ?? 'NXDOMAIN', true);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.end(Buffer.concat([length, reply]));
    });
  });
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  atEnd(t, () => {
    udp.close();
    tcp.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port, at: `127.0.0.1:${port}`, asked };
}

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12, length = query[at] ?? 0; length > 0; at += length + 1, length = query[at] ?? 0)
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
  return labels.join('.');
}

function answer(query: Buffer, said: Said, byTcp: boolean): Buffer {
  const end = query.indexOf(0, 12) + 5;
  const isA = query.readUInt16BE(end - 4) === 1;
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  const code = typeof said === 'string' && said !== 'silence' ? codes[said] : 0;
  const isLong = typeof said === 'object' && 'byTcp' in said;
  const addresses = typeof said === 'string' ? [] : 'byTcp' in said ? (byTcp ? said.byTcp : []) : 'say' in said ? said.say : said;
  const records = isA ? addresses.map(record) : [];
  // QR, RD, RA; and TC where it has to be asked by TCP
  header.writeUInt16BE(0x8180 | code | (isLong && !byTcp ? 0x200 : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}

function record(address: string): Buffer {
  const head = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
  head.writeUInt32BE(ttl, 6);
  return Buffer.concat([head, Buffer.from(address.split('.').map(Number))]);
}
