import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { block, describedInterface, enhancedPacket, Numbers, options, pcapFile, section } from './capture-bytes.ts';
import { inPieces, readCapture } from './told.ts';

/** Files with all that is read. */
function files(): Buffer[] {
  const packets = [60, 61, 0, 300].map((length) => ({ bytes: Buffer.alloc(length, 7), seconds: 1_795_801_628, fraction: 5 }));
  return [true, false].flatMap((isLittle) => {
    const numbers = new Numbers(isLittle);
    const stamped = packets.map((packet) => enhancedPacket(numbers, 0, 1n << 50n, packet, [2, numbers.word(1)]));
    return [
      pcapFile(packets, { numbers }),
      pcapFile(packets, { numbers, magic: 0xa1b2cd34 }),
      Buffer.concat([
        section(numbers, [1, Buffer.from('a comment')]),
        describedInterface(numbers, {}, [2, Buffer.from('eth0')], [9, Buffer.of(9)], [14, numbers.long(5n)]),
        ...stamped,
        block(numbers, 3, numbers.word(9), Buffer.alloc(9)),
        block(numbers, 2, numbers.short(0, 0), numbers.word(1, 2, 3, 3), Buffer.alloc(3)),
        block(numbers, 77, Buffer.alloc(30)),
        block(numbers, 5, numbers.word(0, 0, 0), options(numbers, [4, numbers.long(12n)])),
        ...stamped,
      ]),
    ];
  });
}

/** Changes some bytes, or words to what breaks sums; cuts pieces out, doubles them. */
function spoiled({ below, pick }: Random, file: Buffer): Buffer {
  const copy = Buffer.from(file);
  for (let i = 0; i <= below(3); i += 1) {
    const at = below(copy.length - 4);
    if (below(2) === 0) copy[at] = below(256);
    else copy.writeUInt32LE(pick([0, 1, 4, 0x7fff_ffff, 0xffff_fffc, 0xffff_ffff, 0x0a0d_0d0a, below(2 ** 32)]), at & ~3);
  }
  const kind = below(8);
  if (kind > 1) return copy;
  const from = below(copy.length);
  const to = from + below(copy.length - from);
  return kind === 0 ? Buffer.concat([copy.subarray(0, from), copy.subarray(to)]) : Buffer.concat([copy, copy.subarray(from, to)]);
}

test('a file of any bytes is read to its end, or to where it is wrong, in whatever pieces it comes', (t) => {
  const random = seeded(t);
  const whole = files();
  let wrong = 0;
  const end = performance.now() + 5000;
  for (let i = 0; i < 20_000 && performance.now() < end; i += 1) {
    const file = spoiled(random, random.pick(whole));
    const read = readCapture([file]);
    if (read.error !== undefined) wrong += 1;
    const pieces = readCapture(inPieces(file, 1 + random.below(100)));
    assert.deepEqual(pieces, read);
    for (const { seconds, nanoseconds, hex } of read.packets) {
      assert.ok(Number.isFinite(seconds) && nanoseconds >= 0 && nanoseconds < 1e9);
      assert.ok(hex.length <= file.length * 2);
    }
  }
  assert.ok(wrong > 0);
  for (let i = 0; i < 2000; i += 1)
    readCapture([Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)))]);
});
