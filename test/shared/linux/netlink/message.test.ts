import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { aligned, attributes, header, headerSize, NLM_F, received, request } from '#shared/linux/netlink/message.ts';

/** Attributes one after the other, each with its padding. */
function written(...given: readonly (readonly [type: number, content: readonly number[]])[]): Uint8Array {
  const parts = given.map(([type, content]) => {
    const bytes = Buffer.alloc(aligned(4 + content.length));
    bytes.writeUInt16LE(4 + content.length, 0);
    bytes.writeUInt16LE(type, 2);
    bytes.set(content, 4);
    return bytes;
  });
  return Buffer.concat(parts);
}

function seen(bytes: Uint8Array, end = bytes.length): [number, number[]][] {
  const memory = received(new ArrayBuffer(aligned(bytes.length) + 64));
  memory.bytes.fill(0xee);
  memory.bytes.set(bytes);
  const found: [number, number[]][] = [];
  attributes(memory, 0, end, (type, from, to) => found.push([type, [...memory.bytes.subarray(from, to)]]));
  return found;
}

test('a request is a header and its body, padded to a multiple of four', () => {
  const bytes = request(18, NLM_F.DUMP, Uint8Array.of(1, 2, 3, 4, 5));
  assert.equal(bytes.length, headerSize + 8);
  const view = new DataView(bytes.buffer);
  assert.deepEqual(
    [view.getUint32(header.length, true), view.getUint16(header.type, true), view.getUint16(header.flags, true)],
    [24, 18, 0x301],
  );
  assert.deepEqual([...bytes.subarray(headerSize)], [1, 2, 3, 4, 5, 0, 0, 0]);
});

test('attributes of every length are visited, nested ones by their plain type', () => {
  assert.deepEqual(seen(written([1, []], [2, [7]], [0x8003, [1, 2, 3, 4, 5]], [0x4004, [9, 9, 9, 9]])), [
    [1, []],
    [2, [7]],
    [3, [1, 2, 3, 4, 5]],
    [4, [9, 9, 9, 9]],
  ]);
});

test('what is cut off is not visited, wherever it is cut', () => {
  const whole = written([1, [1, 2]], [2, [3, 4, 5, 6]], [3, [7]]);
  for (let end = 0; end < whole.length; end += 1) {
    const count = [6, 16, 21].filter((needed) => end >= needed).length;
    assert.deepEqual(
      seen(whole, end).map(([type]) => type),
      [1, 2, 3].slice(0, count),
      `cut after ${end}`,
    );
  }
});

test('an attribute shorter than its own header ends it, also one of length 0', () => {
  for (const length of [0, 1, 2, 3]) {
    const bytes = written([1, [1]], [2, [2]], [3, [3]]);
    new DataView(bytes.buffer, bytes.byteOffset).setUint16(8, length, true);
    assert.deepEqual(seen(bytes), [[1, [1]]]);
  }
});

test('random bytes never lead behind the end, and always come to one', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 20_000; round += 1) {
    const bytes = Uint8Array.from({ length: random.below(200) }, () => (random.below(2) ? random.below(12) : random.below(256)));
    const memory = received(new ArrayBuffer(256));
    memory.bytes.set(bytes);
    const from = random.below(16) * 4;
    let last = from;
    attributes(memory, from, bytes.length, (type, at, end) => {
      assert.ok(at >= last + 4 && at <= end && end <= bytes.length && type <= 0x3fff);
      last = end;
    });
  }
});
