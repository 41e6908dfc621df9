import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { TCP } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { timeStyles } from '../../../../../sidecars/netprobe/capture/view/line-times.ts';
import { recordExchange } from '../exchange.ts';
import { arp, ethernet, ethernetOf, icmp, icmp6, ip4, ip6, other, pcapFile, tcp, udp } from '../frames.ts';
import { shownOf } from './shown.ts';

// no whole hours from UTC, so that a line in UTC would not pass
process.env.TZ = 'Asia/Kolkata';

/** What tcpdump says of a file. */
function tcpdumpOf(path: string, ...args: readonly string[]): string {
  return execFileSync('tcpdump', ['-n', ...args, '-r', path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
}

/** Lines of -v without what it tells and we do not: checksums, packets that ICMP quotes, and what stands on lines of its own of ICMPv6 and HTTP. */
function withoutChecksums(text: string): string[] {
  return text
    .replaceAll(/, cksum 0x[0-9a-f]{4} \([^)]*\)|\[udp sum ok\] |\[bad udp cksum [^\]]*\] /g, '')
    .replaceAll(/\n\tIP .*\n {4}.*/g, '')
    .replaceAll(/, payload length (\d+)\)/g, ' payload length: $1)')
    .split('\n')
    .filter((line) => !/^\t/.test(line) && !line.includes('ICMP') && !line.includes('HTTP'));
}

test('lines are those of tcpdump', needs('linux', 'root', 'tcpdump', 'tshark'), async (t) => {
  const { microseconds, nanoseconds, cooked } = await recordExchange(t);
  const plain = tcpdumpOf(microseconds);
  for (const words of [
    'ARP, Request',
    'ICMP echo reply',
    'ICMP6, neighbor sol',
    'udp port 5007 unreach',
    'SRV? ',
    'NXDomain',
    'HTTP: GET /n',
    'Flags [R.]',
  ])
    assert.ok(plain.includes(words), `the exchange has ${words}`);
  assert.equal(shownOf(microseconds), plain);
  assert.equal(shownOf(nanoseconds), tcpdumpOf(nanoseconds));
  assert.equal(shownOf(microseconds, { linkHeader: true }), tcpdumpOf(microseconds, '-e'));
  assert.equal(shownOf(microseconds, { absolute: true }), tcpdumpOf(microseconds, '-S'));
  for (const [count, time] of timeStyles.entries())
    assert.equal(shownOf(microseconds, { time }), tcpdumpOf(microseconds, ...Array.from({ length: count }, () => '-t')));
  assert.equal(shownOf(microseconds, { quiet: true }), tcpdumpOf(microseconds, '-q'));
  assert.equal(shownOf(microseconds, { quiet: true, linkHeader: true }), tcpdumpOf(microseconds, '-qe'));
  assert.equal(shownOf(microseconds, { hex: true }), tcpdumpOf(microseconds, '-X'));
  assert.equal(shownOf(microseconds, { ascii: true }), tcpdumpOf(microseconds, '-A'));
  // of DNS all is told, see below
  const headers = (text: string) => withoutChecksums(text).filter((line) => !/\.53[: ]/.test(line));
  assert.deepEqual(headers(shownOf(microseconds, { verbose: true })), headers(tcpdumpOf(microseconds, '-v')));

  // of several interfaces tcpdump tells one by the number that it has where the file is read, and broadcasts by a letter
  const ways = tcpdumpOf(cooked).replaceAll(/^(\S+) \S+ +(?:(In |Out)|[BM] {2}) /gm, (_, time, way = 'In ') => `${time} ${way} `);
  assert.equal(shownOf(cooked), ways);
});

/** A name of DNS on the wire. */
function dnsName(name: string): Buffer {
  return Buffer.concat([
    ...name
      .split('.')
      .filter(Boolean)
      .map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')])),
    Buffer.of(0),
  ]);
}

type DnsRecordBytes = readonly [name: string, type: number, ttl: number, data: Uint8Array];

/** A message of DNS. */
function dnsMessage(
  flags: number,
  questions: readonly (readonly [name: string, type: number])[],
  ...sections: readonly (readonly DnsRecordBytes[])[]
): Buffer {
  const counts = [questions.length, ...[0, 1, 2].map((index) => sections[index]?.length ?? 0)];
  const head = Buffer.alloc(12);
  for (const [index, value] of [0x1234, flags, ...counts].entries()) head.writeUInt16BE(value, index * 2);
  const short = (...values: readonly number[]) => Buffer.concat(values.map((value) => Buffer.of(value >> 8, value & 255)));
  return Buffer.concat([
    head,
    ...questions.flatMap(([name, type]) => [dnsName(name), short(type, 1)]),
    ...sections
      .flat()
      .flatMap(([name, type, ttl, data]) => [
        dnsName(name),
        short(type, type === 41 ? 1232 : 1, ttl >>> 16, ttl & 0xffff, data.length),
        data,
      ]),
  ]);
}

const dns = (message: Buffer, ports: { sourcePort?: number; destinationPort?: number } = {}) =>
  ethernetOf({}, udp(ports, message));
const answer = { sourcePort: 53, destinationPort: 40_000 };
const a: DnsRecordBytes = ['redis.', 1, 600, Buffer.of(10, 0, 0, 2)];
const opt: DnsRecordBytes = ['', 41, 0x8000, Buffer.alloc(0)];
const soa = Buffer.concat([dnsName('ns.test.'), dnsName('root.test.'), Buffer.alloc(16), Buffer.of(0, 1, 0x51, 0x80)]);
const mixed = dnsMessage(
  0x8580,
  [['mail.test', 15]],
  [
    ['mail.test', 15, 90, Buffer.concat([Buffer.of(0, 10), dnsName('mx1.mail.test')])],
    ['www.test', 5, 3661, dnsName('web.test')],
    ['web.test', 28, 0, Buffer.from('fd000000000000000000000000000007', 'hex')],
    ['test', 16, 31_536_001, Buffer.from('\x05hello\x06world!')],
    ['_sip._tcp.test', 33, 60, Buffer.concat([Buffer.of(0, 1, 0, 5, 0x18, 0xeb), dnsName('sip.test')])],
    ['7.0.0.10.in-addr.arpa', 12, 86_400, dnsName('redis.test')],
  ],
  [
    ['test', 2, 700_000, dnsName('ns.test')],
    ['test', 6, 5, soa],
  ],
  [['ns.test', 1, 12, Buffer.of(10, 0, 0, 3)], opt],
);

/** Messages of DNS of all kinds, each with its length. */
const messages = [
  dns(dnsMessage(0x0100, [['redis.', 1]])),
  dns(dnsMessage(0x0120, [['redis.', 28]], [], [], [opt])),
  dns(dnsMessage(0x0110, [['.', 2]])),
  dns(dnsMessage(0x8180, [['redis.', 1]], [a]), answer),
  dns(dnsMessage(0x8583, [['none.test', 1]], [], [['test', 6, 5, soa]]), answer),
  dns(dnsMessage(0x8385, [['redis.', 1]], []), answer),
  dns(dnsMessage(0x81a0, [['redis.', 1]], [a, a, a]), answer),
  dns(dnsMessage(0x8180, [], []), answer),
  dns(mixed, answer),
];

const timestamps = Buffer.from('0101080a0000000a00000014', 'hex');
const flow = { sourcePort: 5555, destinationPort: 6666 };
const back = { sourcePort: 6666, destinationPort: 5555 };

/** Frames that a quiet exchange does not have. */
const odd = [
  // a conversation that is met in its middle, whose numbers pass 2^32, with losses, over both versions of IP
  ...[{}, { source: 'fd00::1', destination: 'fd00::2' }].flatMap((ends) => {
    const reverse =
      'source' in ends ? { source: 'fd00::2', destination: 'fd00::1' } : { source: '10.0.0.2', destination: '10.0.0.1' };
    return [
      ethernetOf(ends, tcp({ ...flow, sequence: 2 ** 32 - 10, acknowledgement: 100 }, 'a'.repeat(20))),
      ethernetOf(reverse, tcp({ ...back, sequence: 100, acknowledgement: 10, flags: TCP.ACK, options: timestamps })),
      ethernetOf(ends, tcp({ ...flow, sequence: 30, acknowledgement: 100 }, 'b'.repeat(20))),
      ethernetOf(
        reverse,
        tcp({
          ...back,
          sequence: 100,
          acknowledgement: 10,
          flags: TCP.ACK,
          options: [1, 1, 5, 18, 0, 0, 0, 30, 0, 0, 0, 50, 0, 0, 0, 70, 0, 0, 0, 90],
        }),
      ),
      ethernetOf(ends, tcp({ ...flow, sequence: 50, flags: TCP.RST })),
      ethernetOf(
        ends,
        tcp({ ...flow, sequence: 7, flags: TCP.SYN, options: [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 10] }),
      ),
      ethernetOf(reverse, tcp({ ...back, sequence: 9, acknowledgement: 8, flags: TCP.SYN | TCP.ACK | TCP.ECE })),
      ethernetOf(
        ends,
        tcp(
          { ...flow, sequence: 8, acknowledgement: 10, flags: TCP.ACK | TCP.FIN | TCP.PSH | TCP.URG | TCP.CWR, urgent: 3 },
          'xyz',
        ),
      ),
      ethernetOf(ends, tcp({ ...flow, sequence: 8, flags: 0 })),
    ];
  }),
  ethernet(
    { vlans: [5] },
    ip4({ trafficClass: 0xba, ttl: 1, id: 77, doNotFragment: false }, udp({ destinationPort: 9000 }, 'abc')),
  ),
  ethernet({ vlans: [7, 100] }, arp({})),
  ethernet({}, arp({ operation: 2 })),
  ethernet({}, arp({ operation: 1, targetMac: '02:42:0a:00:00:09' })),
  ...[3, 4, 8, 9].map((operation) => ethernet({}, arp({ operation }))),
  // fragments
  ethernet({}, ip4({ doNotFragment: false, moreFragments: true }, udp({ destinationPort: 9000 }, 'a'.repeat(24)))),
  ethernet({}, ip4({ doNotFragment: false, fragmentOffset: 1480 }, other(17, 'a'.repeat(24)))),
  ethernet(
    {},
    ip6({ extensions: [{ protocol: 44, bytes: [0, 0, 0, 1, 0, 0, 0, 9] }] }, udp({ destinationPort: 9000 }, 'a'.repeat(24))),
  ),
  ethernet({}, ip6({ extensions: [{ protocol: 44, bytes: [0, 0, 5, 0xa8, 0, 0, 0, 9] }] }, other(17, 'a'.repeat(24)))),
  ethernet(
    {},
    ip6(
      { extensions: [{ protocol: 60, bytes: [0, 0, 1, 4, 0, 0, 0, 0] }] },
      tcp({ sourcePort: 5557, destinationPort: 6667 }, 'abc'),
    ),
  ),
  ethernet({}, ip6({ trafficClass: 0x20, flowLabel: 0x12345, hopLimit: 1 }, udp({ destinationPort: 9000 }, 'abc'))),
  // protocols
  ethernetOf({}, other(200, 'abcdef')),
  ethernetOf({ source: 'fd00::1' }, other(201, 'abcdef')),
  ethernetOf({ source: 'fd00::1' }, other(59, '')),
  ethernetOf({}, icmp(8, 0, Buffer.from('00010002616263', 'hex'))),
  ethernetOf({}, icmp(11, 0, Buffer.concat([Buffer.alloc(4), ip4({}, udp({}, 'abc')).bytes]))),
  ethernetOf({ source: 'fd00::1' }, icmp6(129, 0, Buffer.from('00010002616263', 'hex'))),
  // what nobody knows
  ethernet({}, { etherType: 0x88b5, bytes: Buffer.alloc(46, 0x41) }),
  // padding is no payload
  Buffer.concat([ethernetOf({}, tcp({ sourcePort: 5558, flags: TCP.ACK })), Buffer.alloc(6)]),
];

test('lines of frames that are rarely met are those of tcpdump', needs('tcpdump'), (t) => {
  const path = join(temporaryFolder(t), 'odd.pcap');
  writeFileSync(path, pcapFile([...odd, ...messages]));
  const lines = (text: string) => text.split('\n');
  assert.deepEqual(lines(shownOf(path)), lines(tcpdumpOf(path)));
  assert.deepEqual(lines(shownOf(path, { linkHeader: true })), lines(tcpdumpOf(path, '-e')));
  assert.deepEqual(lines(shownOf(path, { quiet: true, linkHeader: true })), lines(tcpdumpOf(path, '-qe')));
  assert.deepEqual(lines(shownOf(path, { hex: true })), lines(tcpdumpOf(path, '-X')));
  assert.deepEqual(lines(shownOf(path, { ascii: true })), lines(tcpdumpOf(path, '-A')));
});

test('all of DNS is told as by tcpdump -vvv', needs('tcpdump'), (t) => {
  const path = join(temporaryFolder(t), 'dns.pcap');
  writeFileSync(path, pcapFile(messages));
  assert.deepEqual(withoutChecksums(shownOf(path, { verbose: true })), withoutChecksums(tcpdumpOf(path, '-vvv')));
});
