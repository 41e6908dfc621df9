import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import type { Packet } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { linkTypes } from '../../../../../sidecars/netprobe/capture/frame.ts';
import { arp, eth0, ethernet, ethernetOf, frameOf, icmp, icmp6, ip4, ip6, tcp, udp } from '../frames.ts';
import { labels, wireAnswer, wireRecords } from './dns-zone.ts';
import { randomBytes, randomFrame } from './random-frames.ts';

// Each frame stands in the middle of a memory that all share, and of which it is told where it begins. What is around it is whatever was there
// before, as it is where a capture is read.
const memory = Buffer.alloc(8192);
const place = 1024;

const types = [...Object.values(linkTypes), linkTypes.ethernet, linkTypes.ethernet, 0, 999].map((linkType) => ({
  ...eth0,
  linkType,
}));

test('whatever comes, a million of frames are taken apart, within their bounds', (t) => {
  const random = seeded(t);
  const valid = validFrames(random);
  const found: Record<string, number> = {};
  for (let round = 0; round < 1_000_000; round += 1) {
    const frame = valid[random.below(valid.length)] ?? Buffer.alloc(0);
    const start = place + (round & 7);
    const end = start + hostile(random, frame, start);
    const link = round % 10 === 0 ? random.pick(types) : eth0;
    const packet = decodePacket({
      ...frameOf(memory),
      start,
      end,
      length: random.pick([end - start, random.below(3000)]),
      interface: link,
    });
    within(packet, start, end);
    for (const type of [packet.transport?.type, packet.application?.type])
      if (type !== undefined) found[type] = (found[type] ?? 0) + 1;
  }
  for (const type of ['tcp', 'udp', 'icmp', 'icmp6', 'dns', 'http-request', 'http-response', 'tls', 'redis', 'postgres'])
    assert.ok((found[type] ?? 0) > 100, `${type} was met ${found[type]} times: the frames lead nowhere`);
});

test('a frame that is cut anywhere is taken apart by what is left, and by nothing behind its end', (t) => {
  const random = seeded(t);
  for (const frame of validFrames(random))
    for (let length = 0; length <= frame.length; length += 1) {
      const [zeros, ones] = [0x00, 0xff].map((around) => {
        memory.fill(around);
        memory.set(frame.subarray(0, length), place);
        const packet = decodePacket({ ...frameOf(memory), start: place, end: place + length, length: frame.length });
        within(packet, place, place + length);
        return JSON.stringify(packet);
      });
      assert.equal(zeros, ones, frame.subarray(0, length).toString('hex'));
    }
});

test('what was changed anywhere is taken apart by what is in the frame alone', (t) => {
  const random = seeded(t);
  const valid = validFrames(random);
  for (let round = 0; round < 30_000; round += 1) {
    const end = place + hostile(random, random.pick(valid), place);
    const copy = Buffer.from(memory.subarray(place, end));
    const packets = [0x00, 0xff].map((around) => {
      memory.fill(around);
      memory.set(copy, place);
      return JSON.stringify(decodePacket({ ...frameOf(memory), start: place, end, length: end - place }));
    });
    assert.equal(packets[0], packets[1], copy.toString('hex'));
  }
});

test('a packet holds when the memory of its frame is used again', (t) => {
  for (const frame of validFrames(seeded(t))) {
    memory.set(frame, place);
    const packet = decodePacket({ ...frameOf(memory), start: place, end: place + frame.length, length: frame.length });
    const told = JSON.stringify(packet);
    memory.fill(0xff);
    assert.equal(JSON.stringify(packet), told);
  }
});

function within({ payloadStart, payloadEnd }: Packet, start: number, end: number): void {
  if (payloadStart < start || payloadEnd < payloadStart || payloadEnd > end)
    assert.fail(`a frame from ${start} to ${end} has a payload from ${payloadStart} to ${payloadEnd}`);
}

/** Writes a frame that was changed, cut, or is random, to the memory. @returns its length */
function hostile(random: Random, frame: Buffer, at: number): number {
  memory.set(frame, at);
  let length = frame.length;
  const kind = random.below(16);
  // a few bytes of any value, or of one that lengths and counts are wrong by
  const changes = kind < 12 ? 1 + random.below(4) : 0;
  for (let change = 0; change < changes; change += 1) {
    const which = at + random.below(length);
    const value = memory[which] ?? 0;
    memory[which] = [0, 0xff, value + 1, value - 1, value ^ (1 << random.below(8)), random.below(256)][random.below(6)] ?? 0;
  }
  if (kind < 4 || kind === 12) length = random.below(length + 1);
  if (kind === 15) memory.set(randomBytes(random, length), at);
  return length;
}

/** Frames of all that is taken apart further. */
function validFrames(random: Random): Buffer[] {
  const query = Buffer.concat([Buffer.from('123401000001000000000000', 'hex'), labels('www', 'example'), Buffer.of(0, 1, 0, 1)]);
  const ends = { source: 'fd00::1', destination: 'fd00::2' };
  const segments = [
    udp({}, query),
    udp({ sourcePort: 9999 }, query),
    ...wireRecords.map((record) => udp({ sourcePort: 53 }, wireAnswer(query, [record]))),
    tcp({ sourcePort: 53 }, Buffer.concat([Buffer.of(0, query.length), query])),
    tcp(
      { options: [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7] },
      'GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n',
    ),
    tcp({ sourcePort: 80 }, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    tcp({ destinationPort: 443 }, hello),
    tcp({ sourcePort: 443 }, Buffer.from('160303003a020000360303', 'hex').toString('latin1') + 'x'.repeat(51)),
    tcp({ sourcePort: 443 }, Buffer.from('15030300020228140303000101170303000400010203', 'hex')),
    tcp({ destinationPort: 6379 }, '*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*1\r\n$4\r\nPING\r\n'),
    tcp({ sourcePort: 6379 }, '+OK\r\n:12\r\n$3\r\nabc\r\n*2\r\n*1\r\n:1\r\n%1\r\n+a\r\n#t\r\n-ERR x\r\n_\r\n>1\r\n,1.5\r\n'),
    tcp({ destinationPort: 5432 }, Buffer.from('0000000804d2162f', 'hex')),
    tcp(
      { destinationPort: 5432 },
      Buffer.from('500000001273310053454c454354203100000042000000100000000000010000000100305300000004', 'hex'),
    ),
    tcp(
      { sourcePort: 5432 },
      Buffer.from(
        '540000001a0001610000000000000000000019ffffffffffff0000440000000b00010000000161430000000d53454c45435420310045000000174345525200433432503031004d6e6f00005a0000000549',
        'hex',
      ),
    ),
  ];
  const quoted = ip4({}, udp({}, 'x')).bytes;
  const quoted6 = ip6({}, tcp({}, 'x')).bytes;
  return [
    ...segments.map((segment) => ethernetOf({}, segment)),
    ...segments.slice(-12).map((segment) => ethernetOf(ends, segment)),
    ethernet({ vlans: [1, 2, 3] }, arp({})),
    ...[3, 5, 9, 11, 12].map((kind) => ethernetOf({}, icmp(kind, 3, Buffer.concat([Buffer.of(1, 2, 0, 30), quoted])))),
    ...[1, 2, 3, 4, 130, 131, 134, 135, 136, 137, 143].map((kind) =>
      ethernetOf(ends, icmp6(kind, kind === 1 ? 4 : 0, Buffer.concat([Buffer.of(0, 0, 0, 1), quoted6]))),
    ),
    ...Array.from({ length: 60 }, () => randomFrame(random)),
  ];
}

/** A client hello with names, protocols, versions, and what is not known. */
const hello = (() => {
  const sized = (width: 1 | 2 | 3, ...parts: readonly (Uint8Array | readonly number[])[]) => {
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as Uint8Array)));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length.subarray(4 - width), bytes]);
  };
  const extensions = sized(
    2,
    [0x1a, 0x1a, 0, 0],
    [0, 0],
    sized(2, sized(2, [0], sized(2, Buffer.from('a.example')))),
    [0, 16],
    sized(2, sized(2, sized(1, Buffer.from('h2')), sized(1, Buffer.from('http/1.1')))),
    [0, 43],
    sized(2, sized(1, [0x2a, 0x2a, 3, 4, 3, 3])),
  );
  const body = [
    [3, 3],
    Buffer.alloc(32, 7),
    sized(1, Buffer.alloc(32, 1)),
    sized(2, [0x13, 1, 0x13, 2]),
    sized(1, [0]),
    extensions,
  ];
  return Buffer.concat([Buffer.of(22, 3, 1), sized(2, [1], sized(3, ...body))]);
})();
