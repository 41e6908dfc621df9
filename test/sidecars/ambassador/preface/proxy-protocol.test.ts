import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import {
  type DecodedHeader,
  decode,
  type EndAddress,
  type Ends,
  encode,
  maxBlock,
} from '../../../../sidecars/ambassador/preface/proxy-protocol.ts';

const tcp = (address: string, port: number): EndAddress => ({ type: 'tcp', address, port });
const unix = (path: string): EndAddress => ({ type: 'unix', path });
const ends = (source: EndAddress, destination: EndAddress): Ends => ({ source, destination });

const signature = '0d0a0d0a000d0a515549540a';
/** A header of version 2 from hex; `size` is what its length field says. */
const v2 = (command: string, family: string, content = '', size = content.length / 2) =>
  Buffer.from(`${signature}${command}${family}${size.toString(16).padStart(4, '0')}${content}`, 'hex');

const ipv4 = ends(tcp('192.0.2.1', 56324), tcp('198.51.100.7', 443));
const ipv6 = ends(tcp('2001:db8::1', 1), tcp('fd00::2', 65535));

describe('encode', () => {
  const lines: readonly (readonly [name: string, ends: Ends | undefined, line: string])[] = [
    ['IPv4', ipv4, 'PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'],
    ['IPv6', ipv6, 'PROXY TCP6 2001:db8::1 fd00::2 1 65535\r\n'],
    [
      'mapped addresses are IPv4',
      ends(tcp('::ffff:192.0.2.1', 1), tcp('::ffff:10.0.0.1', 2)),
      'PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n',
    ],
    ['one of each family', ends(tcp('192.0.2.1', 1), tcp('fd00::2', 2)), 'PROXY TCP6 ::ffff:c000:201 fd00::2 1 2\r\n'],
    ['a zone is left out', ends(tcp('fe80::1%eth0', 1), tcp('fe80::2%eth0', 2)), 'PROXY TCP6 fe80::1 fe80::2 1 2\r\n'],
    ['Unix sockets', ends(unix(''), unix('/run/app.sock')), 'PROXY UNKNOWN\r\n'],
    ['a host name', ends(tcp('localhost', 1), tcp('10.0.0.1', 2)), 'PROXY UNKNOWN\r\n'],
    ['our own connection', undefined, 'PROXY UNKNOWN\r\n'],
  ];
  for (const [name, given, line] of lines) test(`v1: ${name}`, () => assert.equal(encode('v1', given).toString('latin1'), line));

  const path = (text: string) => Buffer.from(text).toString('hex').padEnd(216, '0');
  const blocks: readonly (readonly [name: string, ends: Ends | undefined, block: Buffer])[] = [
    ['IPv4', ipv4, v2('21', '11', 'c0000201c6336407dc0401bb')],
    ['IPv6', ipv6, v2('21', '21', '20010db8000000000000000000000001fd0000000000000000000000000000020001ffff')],
    [
      'one of each family',
      ends(tcp('10.0.0.1', 1), tcp('::1', 2)),
      v2('21', '21', `${'0'.repeat(20)}ffff0a000001${'0'.repeat(31)}100010002`),
    ],
    ['Unix sockets', ends(unix(''), unix('/run/app.sock')), v2('21', '31', path('') + path('/run/app.sock'))],
    ['a path that fills its field', ends(unix('/'.repeat(108)), unix('')), v2('21', '31', path('/'.repeat(108)) + path(''))],
    ['a path that is too long', ends(unix('/'.repeat(109)), unix('')), v2('21', '00')],
    ['a Unix socket and an address', ends(unix(''), tcp('10.0.0.1', 1)), v2('21', '00')],
    ['our own connection', undefined, v2('20', '00')],
  ];
  for (const [name, given, block] of blocks)
    test(`v2: ${name}`, () => assert.equal(encode('v2', given).toString('hex'), block.toString('hex')));
});

describe('decode', () => {
  const line = (text: string) => Buffer.from(text, 'latin1');
  const nothing = { source: undefined, destination: undefined };
  const good: readonly (readonly [name: string, header: Buffer, found: Partial<Ends> | typeof nothing])[] = [
    ['v1 IPv4', line('PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n'), ipv4],
    ['v1 IPv6 in upper case', line('PROXY TCP6 2001:DB8:0::1 FD00::2 1 65535\r\n'), ipv6],
    [
      'v1 of the greatest length',
      line('PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535'.padEnd(105, 'x').concat('\r\n')),
      nothing,
    ],
    ['v1 UNKNOWN', line('PROXY UNKNOWN\r\n'), nothing],
    ['v2 IPv4', v2('21', '11', 'c0000201c6336407dc0401bb'), ipv4],
    ['v2 IPv4 with TLVs', v2('21', '11', 'c0000201c6336407dc0401bb0400010003000401020304'), ipv4],
    ['v2 of the greatest length', v2('21', '11', `c0000201c6336407dc0401bb${'04'.repeat(maxBlock - 12)}`), ipv4],
    ['v2 IPv6', v2('21', '21', '20010db8000000000000000000000001fd0000000000000000000000000000020001ffff'), ipv6],
    ['v2 LOCAL', v2('20', '00'), nothing],
    ['v2 LOCAL with an unknown family and bytes to skip', v2('20', 'ff', 'ffffff'), nothing],
    ['v2 LOCAL with addresses, which count for nothing', v2('20', '11', 'c0000201c6336407dc0401bb'), nothing],
    ['v2 UNSPEC', v2('21', '00', '0102'), nothing],
    ['v2 of datagrams', v2('21', '12', 'c0000201c6336407dc0401bb'), nothing],
    ['v2 abstract Unix socket', encode('v2', ends(unix('\0name'), unix('/run/a'))), ends(unix('\0name'), unix('/run/a'))],
    ['v2 Unix sockets without a name', encode('v2', ends(unix(''), unix(''))), ends(unix(''), unix(''))],
  ];
  for (const [name, header, { source, destination }] of good) {
    test(`${name}, byte by byte and followed by anything`, () => {
      const complete = { state: 'complete', length: header.length, ...(source && { source, destination }) };
      for (let length = 0; length < header.length; length++) {
        const found = decode(header.subarray(0, length));
        assert.equal(found.state, 'incomplete', `after ${length} bytes`);
        assert.ok(found.state === 'incomplete' && found.needs > length && found.needs <= header.length);
      }
      assert.deepEqual(decode(header), complete);
      assert.deepEqual(decode(Buffer.concat([header, header])), complete);
      assert.deepEqual(decode(Buffer.concat([header, Buffer.from('\r\nPROXY')])), complete);
    });
  }

  const bad: readonly (readonly [name: string, bytes: Buffer, at: number])[] = [
    ['HTTP', line('GET / HTTP/1.1\r\n'), 1],
    ['a verb that begins with P', line('PUT / HTTP/1.1\r\n'), 2],
    ['TLS', Buffer.from('160301', 'hex'), 1],
    ['lower case', line('proxy TCP4 '), 1],
    ['no space', line('PROXY\tTCP4'), 6],
    ['empty lines', line('\r\n\r\n\r\n'), 5],
    ['a line without end', line('PROXY UNKNOWN '.padEnd(107, 'x')), 107],
    ['a line that ends one byte too late', line('PROXY UNKNOWN '.padEnd(106, 'x').concat('\r\n')), 107],
    ['LF alone', line('PROXY UNKNOWN\n'), 14],
    ['CR alone', line('PROXY UNKNOWN\rx'), 15],
    ['v2 of version 1', v2('11', '11'), 13],
    ['v2 of an unknown command', v2('22', '11'), 13],
    ['v2 of an unknown family', v2('21', '41', '00'), 14],
    ['v2 of an unknown protocol', v2('21', '13', '00'), 14],
    ['v2 too short for its addresses', v2('21', '11', 'c0000201c6336407dc0401'), 16],
    ['v2 longer than we accept', v2('21', '11', '', maxBlock + 1), 16],
  ];
  for (const [name, bytes, at] of bad) {
    test(`${name} is found at byte ${at}`, () => {
      assert.equal(decode(bytes.subarray(0, at - 1)).state, 'incomplete');
      const found = decode(bytes.subarray(0, at));
      assert.ok(found.state === 'invalid' && found.reason !== '', JSON.stringify(found));
      assert.deepEqual(decode(Buffer.concat([bytes, line('\r\n')])).state, 'invalid');
    });
  }

  for (const text of [
    'TCP4 192.0.2.1 192.0.2.2 1 2 3',
    'TCP4 192.0.2.1 192.0.2.2 1',
    'TCP4  192.0.2.1 192.0.2.2 1 2',
    'TCP4 192.0.2.1 192.0.2.2 1 2 ',
    'TCP4 192.0.2.1 192.0.2.2 01 2',
    'TCP4 192.0.2.1 192.0.2.2 1 65536',
    'TCP4 192.0.2.1 192.0.2.2 -1 2',
    'TCP4 192.0.2.01 192.0.2.2 1 2',
    'TCP4 ::1 ::2 1 2',
    'TCP6 192.0.2.1 192.0.2.2 1 2',
    'TCP6 fe80::1%eth0 fe80::2 1 2',
    'TCP6 ::1 192.0.2.2 1 2',
    'UDP4 192.0.2.1 192.0.2.2 1 2',
    'UNKNOWNX',
    '',
  ]) {
    test(`the line ${JSON.stringify(text)} is refused`, () => assert.equal(decode(line(`PROXY ${text}\r\n`)).state, 'invalid'));
  }
});

function randomEnds({ below, pick }: Random): Ends {
  const groups = () => Array.from({ length: 8 }, () => below(65536).toString(16)).join(':');
  const v4 = () => tcp([1 + below(255), below(256), below(256), below(256)].join('.'), below(65536));
  const v6 = () => tcp(new URL(`http://[2${groups().slice(1)}]/`).hostname.slice(1, -1), below(65536));
  const path = () => unix('/'.padEnd(below(109), 'säckchen').slice(0, 50));
  return pick([() => ends(v4(), v4()), () => ends(v6(), v6()), () => ends(path(), path())])();
}

describe('random headers', () => {
  test('what is encoded is decoded, however it is cut', (t) => {
    const random = seeded(t);
    for (let round = 0; round < 500; round++) {
      const given = randomEnds(random);
      const version = given.source.type === 'unix' ? 'v2' : random.pick(['v1', 'v2'] as const);
      const header = encode(version, given);
      assert.deepEqual(decode(Buffer.concat([header, Buffer.from('x')])), { state: 'complete', length: header.length, ...given });
      assert.equal(decode(header.subarray(0, random.below(header.length))).state, 'incomplete');
    }
  });

  test('of flipped bits nothing is thrown, and a header never has more bytes than there are', (t) => {
    const random = seeded(t);
    const states = new Set<DecodedHeader['state']>();
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.concat([
        encode(random.pick(['v1', 'v2'] as const), randomEnds(random)),
        Buffer.alloc(random.below(64), '\r\n'),
      ]);
      for (let flips = 1 + random.below(3); flips > 0; flips--) {
        const at = random.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
      }
      const found = decode(bytes);
      states.add(found.state);
      if (found.state === 'complete') assert.ok(found.length <= bytes.length);
      if (found.state === 'incomplete') assert.ok(found.needs > bytes.length);
    }
    assert.equal(states.size, 3);
  });
});
