// The module of WebAssembly is what its source says, and does what its twin does.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { type Random, seeded } from '#harness/random.ts';
import { compileHotPath, hotPath } from '../../../scripts/wasm.ts';
import { type Lines, nothingEncoded, type Room } from '../../../sidecars/logs/record/encoded.ts';
import type { Envelope } from '../../../sidecars/logs/record/format.ts';
import type { Joiner } from '../../../sidecars/logs/record/multiline/joiner.ts';
import type { Final } from '../../../sidecars/logs/record/recorder.ts';
import { adlerOfNothing, sumsByByte, sumsOf } from '../../../sidecars/logs/record/sums.ts';
import { encodePlainly } from '../../../sidecars/logs/record/twin.ts';
import { Arena, laneMemory } from '../../../sidecars/logs/record/wasm/arena.ts';
import { arenaWithBuffers } from './in-arena.ts';

test('the module is what the compiler makes of its source', () => {
  const root = new URL('../../../', import.meta.url);
  assert.equal(
    readFileSync(new URL(hotPath.target, root), 'utf8'),
    compileHotPath(),
    `${hotPath.target} is not up to date: run npm run build:wasm`,
  );
});

const size = 2 ** 16;
/** What the 32 bytes behind a chunk hold, and every room before it is written. */
const filler = 0xaa;

const { arena, chunk, output } = arenaWithBuffers(size);
const twin = { chunk: Buffer.alloc(size), output: Buffer.alloc(size) };
const [here, there] = [nothingEncoded(), nothingEncoded()];

/** What lines begin with, and what is in them. */
const starts = ['', '', ' ', '\t', 'a', 'b', 'at ', '\r', '"', 'ä', '2026'];
const bits = [
  ...[
    'GET / HTTP/1.1',
    'a text of some length without anything special',
    ' ',
    '"',
    '\\',
    '\\"\\"\\"\\"',
    '\t',
    '\r',
    '\0',
    '\u001f',
    '\u007f',
  ],
  ...['ä', '€', '漢字漢字漢字', '😀', '\u2028', '\ufeff', '\uffff', '\u{10ffff}'],
].map((text) => Buffer.from(text));
const ends = ['\n', '\n', '\n', '\r\n', '\r\r\n', '\n\n', '\r\n\r\n'];

function randomLines({ below, pick }: Random, count: number): Buffer {
  const parts: Buffer[] = [];
  for (let line = 0; line < count; line += 1) {
    parts.push(Buffer.from(pick(starts)));
    const style = below(4);
    for (let left = below(4); left > 0; left -= 1) {
      if (style === 0) parts.push(Buffer.from(Array.from({ length: 1 + below(20) }, () => below(256))));
      // cut, so that sequences are ill-formed
      else if (style === 1) parts.push(pick(bits).subarray(below(3)));
      else parts.push(pick(bits));
    }
    parts.push(Buffer.from(pick(ends)));
  }
  return Buffer.concat(parts);
}

/** What it is asked and told, and in which order, is in `heard`. */
type Heard = Joiner & { heard: number };

/** A joiner whose answers depend on what stands in the lines, and where `tells` on how many there were in the record. */
function joinerOf({ below }: Random, tells: boolean): () => Heard {
  const classes = new Uint8Array(256).map(() => below(3));
  const empty = below(3) as 0 | 1 | 2;
  return () => {
    let lines = 0;
    const joiner: Heard = {
      heard: 0,
      classes,
      empty,
      goesOn: (bytes, from, to) => {
        joiner.heard = (Math.imul(joiner.heard, 31) + from * 7 + to) | 0;
        lines += 1;
        return tells ? lines % 4 !== 0 : (bytes[to - 1] ?? 0) % 3 !== 0;
      },
    };
    if (tells) {
      joiner.begin = (_, from, to) => {
        joiner.heard = (Math.imul(joiner.heard, 31) + from * 5 + to) | 0;
        lines = 0;
      };
    }
    return joiner;
  };
}

/** Encodes the same on both sides. @returns how many records came of it. */
function compare(
  lines: Omit<Lines, 'chunk'>,
  room: Omit<Room, 'output'>,
  stamp: string,
  joiner: (() => Heard) | undefined,
): number {
  const envelopes = [stamp, stamp].map(
    (number): Envelope => ({ prefix: Buffer.from(`["${number}","`), suffix: Buffer.from('"],\n'), stamp: 1 + number.length }),
  );
  const [mine, its] = envelopes as [Envelope, Envelope];
  const [asked, askedToo] = [joiner?.(), joiner?.()];
  arena.encode({ ...lines, chunk }, { ...room, output }, mine, asked, here);
  encodePlainly({ ...lines, chunk: twin.chunk }, { ...room, output: twin.output }, its, askedToo, there);
  const to = room.at + here.written;
  const same =
    here.consumed === there.consumed &&
    here.written === there.written &&
    here.records === there.records &&
    here.repaired === there.repaired &&
    here.stop === there.stop &&
    asked?.heard === askedToo?.heard &&
    output.compare(twin.output, room.at, to, room.at, to) === 0 &&
    Buffer.compare(mine.prefix, its.prefix) === 0;
  if (!same) {
    const about = JSON.stringify({ lines, room, stamp, input: chunk.subarray(lines.from, lines.to).toString('latin1') });
    assert.deepEqual(here, there, about);
    assert.equal(output.toString('latin1', room.at, to), twin.output.toString('latin1', room.at, to), about);
    assert.equal(Buffer.from(mine.prefix).toString(), Buffer.from(its.prefix).toString(), about);
    assert.equal(asked?.heard, askedToo?.heard, about);
  }
  return here.records;
}

describe('WebAssembly and its twin encode the same', () => {
  test('three million lines: every byte, every border of a chunk, every end of a room, joined and not', (t) => {
    const random = seeded(t);
    const { below, pick } = random;
    let records = 0;
    for (let round = 0; records < 3_000_000; round += 1) {
      const input = randomLines(random, 30 + below(30));
      for (const one of [chunk, twin.chunk]) {
        input.copy(one);
        one.fill(pick([filler, 0x0a, 0x22, 0x80]), input.length, input.length + 32);
      }
      const joiner = round % 3 === 0 ? undefined : joinerOf(random, round % 3 === 1);
      const final = pick<Final>(['no', 'record', 'line']);
      const maxLine = below(3) === 0 ? 1 + below(200) : size;
      const stamp = pick(['000', '0989', '0099999', '1']);
      const whole = { from: 0, to: input.length, final, maxLine };
      records += compare(whole, { at: 0, end: size }, stamp.padStart(9, '0'), joiner);
      const { written } = here;
      for (let to = 0; to <= input.length; to += 1)
        records += compare({ ...whole, from: Math.max(0, to - 400), to }, { at: 3, end: size }, '0990', joiner);
      for (let from = 0; from <= input.length; from += 1) {
        records += compare({ ...whole, from, to: Math.min(from + 400, input.length) }, { at: 0, end: size }, '0000', joiner);
      }
      for (let end = 0; end < written + 40; end += 1)
        records += compare({ ...whole, to: Math.min(input.length, 500) }, { at: 0, end }, '0000', joiner);
    }
    t.diagnostic(`${records} records`);
  });
});

describe('the memory of a lane', () => {
  test('holds the buffers that it was told of, and gives others elsewhere', () => {
    const memory = laneMemory([1000, 5000]);
    const [first, second] = [memory(1000), memory(5000)];
    assert.equal(first.buffer, second.buffer);
    assert.deepEqual([first.length, second.length], [1000, 5000]);
    assert.ok(second.byteOffset - first.byteOffset >= 1064, 'there is room behind a buffer that is nobody else’s');
    const beyond = memory(2 ** 17);
    assert.equal(beyond.length, 2 ** 17);
    assert.notEqual(beyond.buffer, first.buffer);
  });

  test('more than WebAssembly can have is elsewhere', () => {
    assert.equal(Arena.of([2 ** 33]), undefined);
    assert.equal(laneMemory([2 ** 33])(100).length, 100);
  });

  test('takes an envelope only where there is room for it', () => {
    assert.equal(arena.takes(output, Buffer.alloc(8000)), true);
    assert.equal(arena.takes(output, Buffer.alloc(9000)), false);
    assert.equal(arena.takes(twin.output, Buffer.alloc(1)), false);
  });
});

test('the sums of any stretch are what its twin and zlib say, in as many parts as one likes', (t) => {
  const { below } = seeded(t);
  for (let round = 0; round < 3000; round += 1) {
    const from = below(200);
    // now and then more than are summed up at once
    const to = from + below(round % 100 === 0 ? size - 400 : 300);
    for (let at = from; at < to; at += 1) chunk[at] = below(256);
    if (round % 3 === 0) chunk.fill(round % 2 === 0 ? 0xff : 0x0a, from, to);
    // those beside it do not count
    chunk[to] = 0x0a;
    const bytes = chunk.subarray(from, to);
    const cut = below(bytes.length + 1);
    const told = deflateSync(bytes, { level: 0 }).readUInt32BE(deflateSync(bytes, { level: 0 }).length - 4);
    const lines = bytes.filter((byte) => byte === 0x0a).length;
    for (const sums of [sumsOf, sumsByByte]) {
      const first = sums(bytes.subarray(0, cut), adlerOfNothing);
      const second = sums(bytes.subarray(cut), first.adler);
      assert.deepEqual([first.lines + second.lines, second.adler], [lines, told]);
    }
  }
});
