import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { linkTypes } from '../../../../../sidecars/netprobe/capture/frame.ts';
import {
  interfaceDescription,
  interfaceStatistics,
  sectionHeader,
} from '../../../../../sidecars/netprobe/capture/pcapng/blocks.ts';
import { PacketWriter } from '../../../../../sidecars/netprobe/capture/pcapng/packet-writer.ts';
import { readPcapng } from '../ring/pcapng-file.ts';

const place = { id: 0, name: 'eth0', linkType: linkTypes.ethernet };
const facts = { hardware: 'x86_64', os: 'Linux', application: 'a test', comments: ['one', 'two'] };
const description = { name: 'eth0', linkType: linkTypes.ethernet, snapLength: 1500, filter: 'tcp port 80', os: 'Linux' };

/** A sink that keeps what it gets, each write by itself. */
class Kept {
  readonly writes: { readonly blocks: Buffer; readonly packets: number; readonly time: number }[] = [];

  write(blocks: Uint8Array, packets: number, time: number): void {
    assert.equal(blocks.byteOffset % 4, 0);
    this.writes.push({ blocks: Buffer.from(blocks), packets, time });
  }

  tick(): void {}

  close(): void {}
}

test('packets of any length, from anywhere, at any nanosecond, are read as they were', (t) => {
  const random = seeded(t);
  const sink = new Kept();
  const snapLength = 5000;
  const writer = new PacketWriter(sink, { snapLength, privacy: 'all' });
  const bytes = Buffer.alloc(70_000);
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = random.below(256);
  const source = { bytes, words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) };
  const expected: unknown[] = [];
  for (let round = 0; round < 5000; round += 1) {
    const start = random.below(4000);
    const captured = random.weighted({ short: 8, long: 1 }) === 'short' ? random.below(200) : random.below(66_000);
    const length = captured + random.below(3);
    // every second that there is in 32 bits, and those at which the lower half of the time runs over
    const seconds = random.below(2 ** 32);
    const nanoseconds = random.pick([0, 999_999_999, random.below(1e9)]);
    const flags = random.pick([0, 1, 2]);
    if (random.below(3) === 0)
      writer.addFrame({
        bytes,
        start,
        end: start + captured,
        length,
        seconds,
        nanoseconds,
        interface: place,
        direction: flags === 0 ? undefined : flags === 1 ? 'in' : 'out',
      });
    else writer.add(source, start, captured, length, seconds, nanoseconds, place, flags);
    expected.push({
      interface: 'eth0',
      time: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
      length,
      bytes: Buffer.from(bytes.subarray(start, start + Math.min(snapLength, captured))),
      flags: flags === 0 ? undefined : flags,
    });
  }
  writer.flush();
  const head = [sectionHeader(facts), interfaceDescription(description)];
  const { packets, interfaces, comments } = readPcapng(Buffer.concat([...head, ...sink.writes.map(({ blocks }) => blocks)]));
  assert.deepEqual(
    [comments, interfaces],
    [['one', 'two'], [{ name: 'eth0', linkType: 1, snapLength: 1500, filter: 'tcp port 80' }]],
  );
  assert.equal(packets.length, expected.length);
  for (const [index, packet] of packets.entries())
    assert.deepEqual({ ...packet, bytes: Buffer.from(packet.bytes) }, expected[index]);
  assert.equal(
    sink.writes.reduce((sum, write) => sum + write.packets, 0),
    expected.length,
  );
});

test('an interface is described by a write of its own, behind the packets before it', () => {
  const sink = new Kept();
  const writer = new PacketWriter(sink, { snapLength: 100, privacy: 'all' });
  const bytes = new Uint8Array(16);
  const frame = {
    bytes,
    start: 0,
    end: 16,
    length: 16,
    seconds: 5,
    nanoseconds: 7_000_000,
    interface: place,
    direction: undefined,
  };
  writer.addFrame(frame);
  writer.describe(interfaceDescription(description), 6000);
  writer.addFrame({ ...frame, seconds: 7 });
  writer.flush();
  writer.flush();
  assert.deepEqual(
    sink.writes.map(({ packets, time }) => [packets, time]),
    [
      [1, 5007],
      [0, 6000],
      [1, 7007],
    ],
  );
});

test('text that is too long for an option is cut between two characters', () => {
  const { comments } = readPcapng(Buffer.from(sectionHeader({ ...facts, comments: ['€'.repeat(30_000)] })));
  assert.deepEqual(comments, ['€'.repeat(21_845)]);
});

test('counts of more than 32 bits are whole, and what is not known is not told', () => {
  const moment = { seconds: 4_000_000_000, nanoseconds: 5 };
  const counts = {
    id: 0,
    start: moment,
    end: moment,
    accepted: 2 ** 53 - 1,
    dropped: undefined,
    delivered: 2 ** 32,
    comments: ['why'],
  };
  const { statistics } = readPcapng(Buffer.from(interfaceStatistics(counts)));
  const [found] = statistics;
  assert.deepEqual(
    [4, 6, 8].map((code) => found?.get(code)?.readBigUInt64LE()),
    [2n ** 53n - 1n, 2n ** 53n - 1n, 2n ** 32n],
  );
  assert.deepEqual(
    [5, 7].map((code) => found?.has(code)),
    [false, false],
  );
  const time = found?.get(2) ?? Buffer.alloc(8);
  assert.equal((BigInt(time.readUInt32LE(0)) << 32n) | BigInt(time.readUInt32LE(4)), 4_000_000_000_000_000_005n);
});
