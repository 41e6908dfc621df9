import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { atEnd } from '#harness/at-end.ts';
import { DnsServer } from '#harness/dns-server.ts';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import type { Dns } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { ethernetOf, frameOf, tcp, udp } from '../frames.ts';
import { labels, wireAnswer, wireRecords } from './dns-zone.ts';
import { tsharkFields } from './tshark.ts';

/** A name that records of NSEC3 may have. */
const owner = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.';

const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), labels('www', 'example'), Buffer.of(0, 1, 0, 1)]);
const answer = wireAnswer(query, wireRecords.slice(0, 1));

test('records are told as dig tells them', needs('dig'), async (t) => {
  const socket = await bound(t);
  let sent: Buffer = Buffer.alloc(0);
  socket.on('message', (asked: Buffer, from) => {
    sent = wireAnswer(asked, wireRecords);
    socket.send(sent, from.port, from.address);
  });
  const how = ['+noall', '+answer', '+nosplit', '+noedns', '+ignore', '+tries=1', '+time=30', '+nocookie'];
  const { stdout } = await promisify(execFile)('dig', ['@127.0.0.1', '-p', String(socket.address().port), owner, 'A', ...how]);
  const told = stdout
    .split('\n')
    .filter((line) => line.startsWith(owner))
    .map((line) => line.replace(/\s+/g, ' ').replace('CERT PKIX 12345 RSASHA256', 'CERT 1 12345 8'));
  const { answers } = dnsOf(udpFrame(sent));
  assert.deepEqual(
    answers.map(({ name, type, ttl, data }) => `${name} ${ttl} IN ${type} ${data}`.replace(/\s+/g, ' ')),
    told,
  );
});

test('what a resolver and a name server say is what tshark tells', needs('tshark'), async (t) => {
  const frames = await resolverFrames(t);
  const told = tsharkFields(t, frames, [
    'dns.id',
    'dns.flags.response',
    'dns.flags.rcode',
    'dns.flags.recdesired',
    'dns.flags.recavail',
    'dns.count.answers',
    'dns.qry.name',
    'dns.a',
    'dns.aaaa',
    'dns.srv.target',
    'dns.resp.ttl',
  ]);
  const codes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN'];
  for (const [index, frame] of frames.entries()) {
    const dns = dnsOf(frame);
    const of = (type: string) => dns.answers.filter((each) => each.type === type).map(({ data }) => data);
    const { 'dns.flags.rcode': [code] = [], ...rest } = told[index] ?? {};
    if (dns.isResponse) assert.equal(dns.code, codes[Number(code)]);
    assert.deepEqual(
      {
        'dns.id': [`0x${dns.id.toString(16).padStart(4, '0')}`],
        'dns.flags.response': [dns.isResponse ? '1' : '0'],
        'dns.flags.recdesired': [dns.flags.includes('rd') ? '1' : '0'],
        'dns.flags.recavail': dns.isResponse ? [dns.flags.includes('ra') ? '1' : '0'] : [],
        'dns.count.answers': [String(dns.counts.answers)],
        'dns.qry.name': dns.questions.map(({ name }) => name.slice(0, -1)),
        'dns.a': of('A'),
        'dns.aaaa': of('AAAA'),
        'dns.srv.target': of('SRV').map((data) => data.split(' ')[3]?.slice(0, -1)),
        'dns.resp.ttl': dns.answers.map(({ ttl }) => String(ttl)),
      },
      rest,
    );
  }
  assert.deepEqual(
    frames
      .map((frame) => dnsOf(frame))
      .map(({ isResponse, code, questions: [first] }) => `${isResponse ? code : 'asks'} ${first?.type}`),
    [
      'asks A',
      'NOERROR A',
      'asks AAAA',
      'NOERROR AAAA',
      'asks SRV',
      'NOERROR SRV',
      'asks A',
      'NXDOMAIN A',
      'asks A',
      'SERVFAIL A',
    ],
  );
});

test('questions and answers are told wherever they are whole, and beside a port of DNS also where they are not', () => {
  for (const bytes of [query, answer]) {
    assert.equal(application(udpFrame(bytes, 40_001))?.type, 'dns');
    assert.equal(application(udpFrame(bytes.subarray(0, -1), 40_001)), undefined);
    assert.equal(application(udpFrame(Buffer.concat([bytes, Buffer.of(0)]), 40_001)), undefined);
  }
  const cut = dnsOf(udpFrame(answer.subarray(0, -1)));
  assert.deepEqual(cut.answers, []);
  assert.equal(cut.counts.answers, 1);
});

test('EDNS tells of sizes, of DNSSEC, and the upper bits of a code', () => {
  const message = Buffer.from(query);
  message.writeUInt16BE(0x8580, 2);
  message.writeUInt16BE(1, 10);
  const option = Buffer.of(0, 0, 41, 4, 208, 1, 0, 0x80, 0, 0, 0);
  const dns = dnsOf(udpFrame(Buffer.concat([message, option])));
  assert.deepEqual(dns.edns, { size: 1232, dnssec: true });
  assert.equal(dns.code, 'BADVERS');
  assert.deepEqual(dns.additionals, []);
  assert.deepEqual(dns.flags, ['aa', 'rd', 'ra']);
});

test('messages over TCP have their length before them', () => {
  const prefixed = Buffer.concat([Buffer.of(0, answer.length), answer]);
  const dns = application(ethernetOf({}, tcp({ sourcePort: 53, destinationPort: 40_000 }, prefixed)));
  assert.deepEqual(dns, dnsOf(udpFrame(answer)));
  assert.equal(application(ethernetOf({}, tcp({ sourcePort: 53, destinationPort: 40_000 }, prefixed.subarray(0, 2)))), undefined);
});

test('mDNS answers without a question, and marks its classes', () => {
  const head = Buffer.from('000084000000000100000000', 'hex');
  const record = Buffer.concat([labels('box', 'local'), Buffer.of(0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4, 10, 0, 0, 9)]);
  const { answers, questions } = dnsOf(udpFrame(Buffer.concat([head, record]), 5353));
  assert.deepEqual(questions, []);
  assert.deepEqual(answers, [{ name: 'box.local.', type: 'A', ttl: 120, data: '10.0.0.9' }]);
});

test('a name that leads to itself, or is too long, is none', () => {
  const start = query.subarray(0, 12);
  for (const name of [
    [0xc0, 12],
    [1, 0x61, 0xc0, 12],
    [0xc0, 14, 0xc0, 12],
    [0xc0, 200],
    [0x80, 1],
    [...Array.from({ length: 130 }, () => [1, 0x61]).flat(), 0],
  ])
    assert.equal(application(udpFrame(Buffer.concat([start, Buffer.from(name), Buffer.of(0, 1, 0, 1)]))), undefined);
});

function udpFrame(payload: Uint8Array, destinationPort = 53): Buffer {
  return ethernetOf({}, udp({ sourcePort: 40_000, destinationPort }, payload));
}

function application(frame: Uint8Array) {
  return decodePacket(frameOf(frame)).application;
}

function dnsOf(frame: Uint8Array): Dns {
  const dns = application(frame);
  assert.ok(dns?.type === 'dns');
  return dns;
}

async function bound(t: TestContext): Promise<Socket> {
  const socket = createSocket('udp4');
  atEnd(t, () => socket.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Datagrams between a resolver and a name server, in frames. */
async function resolverFrames(t: TestContext): Promise<Buffer[]> {
  const server = new DnsServer();
  const port = await freePort();
  await server.listen('127.0.0.1', port);
  atEnd(t, () => server.close());
  server.zone = {
    'www.example': { a: ['10.0.0.1', '10.0.0.2'], aaaa: ['fd00::1', 'fd00:0:0:1::5'] },
    '_http._tcp.example': { srv: [{ name: 'www.example', port: 80, priority: 1, weight: 2 }] },
    'broken.example': { fails: 'SERVFAIL' },
  };
  const [near, far] = [await bound(t), await bound(t)];
  const frames: Buffer[] = [];
  let client = 0;
  near.on('message', (bytes, from) => {
    client = from.port;
    frames.push(ethernetOf({}, udp({ sourcePort: 40_000, destinationPort: 53 }, bytes)));
    far.send(bytes, port, '127.0.0.1');
  });
  far.on('message', (bytes) => {
    frames.push(ethernetOf({}, udp({ sourcePort: 53, destinationPort: 40_000 }, bytes)));
    near.send(bytes, client, '127.0.0.1');
  });
  const resolver = new Resolver({ timeout: 30_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${near.address().port}`]);
  await resolver.resolve4('www.example');
  await resolver.resolve6('www.example');
  await resolver.resolveSrv('_http._tcp.example');
  await assert.rejects(resolver.resolve4('missing.example'));
  await assert.rejects(resolver.resolve4('broken.example'));
  return frames;
}
