import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import type { Cursor } from '../../../sidecars/logs/follow/cursor.ts';
import { nextSpan, type Span } from '../../../sidecars/logs/record/split.ts';

/** A span together with its place in the file and its bytes. */
interface Found extends Span {
  readonly start: number;
  readonly bytes: Buffer;
}

/**
 * Splits a file as the pump does: chunk after chunk, each beginning at the cursor, of which the last one is final.
 * A chunk that holds no span has to be read again with more behind it.
 */
function splitAll(file: Buffer, maxLine: number, chunkSize: number, final = true): { spans: Found[]; cursor: Cursor } {
  const room = Math.max(chunkSize, maxLine + 2);
  const spans: Found[] = [];
  let cursor: Cursor = { offset: 0 };
  for (;;) {
    const chunk = file.subarray(cursor.offset, cursor.offset + room);
    const atEnd = cursor.offset + room > file.length;
    let from = 0;
    for (;;) {
      const span = nextSpan(chunk, from, chunk.length, cursor, maxLine, final && atEnd);
      if (span === undefined) break;
      spans.push({ ...span, start: cursor.offset, bytes: chunk.subarray(span.from, span.to) });
      assert.ok(span.to > span.from && span.from === from, 'a span goes on where the last one ended');
      from = span.to;
      cursor = span.cursor;
    }
    if (atEnd) return { spans, cursor };
    assert.ok(from > 0, 'a chunk of a line and two bytes holds a span');
  }
}

/** Text of lines of all lengths around `maxLine`, with characters of one to four bytes. */
function randomFile({ below, pick }: Random, maxLine: number): Buffer {
  const characters = ['a', 'b', ' ', '\r', 'ä', '€', '😀'];
  let text = '';
  for (let line = below(8); line >= 0; line -= 1) {
    const length = pick([0, 1, below(maxLine), maxLine - 1, maxLine, maxLine + 1, below(4 * maxLine)]);
    let one = '';
    for (let used = 0; used < length; used = Buffer.byteLength(one)) one += pick(characters);
    text += one + (line === 0 ? pick(['', '\n']) : pick(['\n', '\r\n']));
  }
  return Buffer.from(text);
}

describe('nextSpan', () => {
  const spansOf = (text: string, maxLine = 8) =>
    splitAll(Buffer.from(text), maxLine, 64).spans.map(({ bytes, piece }) => [
      bytes.toString(),
      piece?.ordinal ?? 0,
      piece?.last ?? true,
    ]);

  test('whole lines go together as far as they fit', () => {
    assert.deepEqual(spansOf('a\nb\nc\n'), [['a\nb\nc\n', 0, true]]);
    assert.deepEqual(spansOf('aaa\nbbb\nccc\n'), [
      ['aaa\nbbb\n', 0, true],
      ['ccc\n', 0, true],
    ]);
  });

  test('a line of the greatest length is whole, one byte more makes pieces', () => {
    assert.deepEqual(spansOf('12345678\n'), [['12345678\n', 0, true]]);
    assert.deepEqual(spansOf('123456789\n'), [
      ['12345678', 1, false],
      ['9\n', 2, true],
    ]);
  });

  test('pieces of a line name its start, and the next line has none', () => {
    const { spans } = splitAll(Buffer.from('x\n1234567890123456789\ny\n'), 8, 64);
    assert.deepEqual(
      spans.map(({ piece }) => piece),
      [
        undefined,
        { lineStart: 2, ordinal: 1, last: false },
        { lineStart: 2, ordinal: 2, last: false },
        { lineStart: 2, ordinal: 3, last: true },
        undefined,
      ],
    );
  });

  test('an unfinished line waits, unless nothing will follow', () => {
    const half = Buffer.from('a\nhalf');
    assert.deepEqual(splitAll(half, 8, 64, false).cursor, { offset: 2 });
    assert.deepEqual(splitAll(half, 8, 64, true).cursor, { offset: 6 });
    assert.equal(nextSpan(Buffer.from(''), 0, 0, { offset: 0 }, 8, true), undefined);
  });

  test('an unfinished line that is too long already is shipped as far as it is', () => {
    const { spans, cursor } = splitAll(Buffer.from('1234567890'), 8, 64, false);
    assert.deepEqual(
      spans.map(({ bytes }) => bytes.toString()),
      ['12345678'],
    );
    assert.deepEqual(cursor, { offset: 8, piece: { lineStart: 0, ordinal: 1 } });
    const rest = nextSpan(Buffer.from('90\nnext\n'), 0, 8, cursor, 8, false);
    assert.deepEqual(rest, { from: 0, to: 3, piece: { lineStart: 0, ordinal: 2, last: true }, cursor: { offset: 11 } });
  });

  test('bytes that are no UTF-8 are cut all the same', () => {
    const { spans } = splitAll(Buffer.alloc(20, 0x80), 8, 64);
    assert.deepEqual(
      spans.map(({ bytes }) => bytes.length),
      [8, 8, 4],
    );
  });

  test('at every greatest length and chunk size: nothing lost, no character cut, offsets exact', (t) => {
    const random = seeded(t);
    for (let round = 0; round < 3000; round += 1) {
      const maxLine = 4 + random.below(60);
      const chunkSize = 1 + random.below(200);
      const file = randomFile(random, maxLine);
      const { spans, cursor } = splitAll(file, maxLine, chunkSize);
      const about = `maxLine ${maxLine}, chunks of ${chunkSize}, ${JSON.stringify(file.toString())}`;

      assert.ok(Buffer.concat(spans.map(({ bytes }) => bytes)).equals(file), about);
      assert.deepEqual(cursor, { offset: file.length }, about);
      let lineStart = 0;
      let ordinal = 0;
      for (const { bytes, piece, start, cursor: behind } of spans) {
        assert.equal(behind.offset, start + bytes.length, about);
        assert.doesNotMatch(bytes.toString(), /\ufffd/, about);
        const longest = Math.max(
          ...bytes
            .toString()
            .split('\n')
            .map((line) => Buffer.byteLength(line)),
        );
        assert.ok(longest <= maxLine, about);
        if (piece === undefined) {
          assert.equal(ordinal, 0, `whole lines follow the end of a line: ${about}`);
          assert.equal(behind.piece, undefined, about);
        } else {
          ordinal += 1;
          assert.deepEqual([piece.lineStart, piece.ordinal], [lineStart, ordinal], about);
          const ends = bytes.at(-1) === 0x0a || behind.offset === file.length;
          assert.equal(piece.last, ends, about);
          assert.notEqual(bytes.toString(), '\n', `no piece is a line end alone: ${about}`);
          assert.deepEqual(behind.piece, piece.last ? undefined : { lineStart, ordinal }, about);
        }
        if (piece === undefined || piece.last) {
          ordinal = 0;
          lineStart = behind.offset;
        }
      }
      for (const line of file.toString().split('\n')) {
        const pieced = spans.some(
          ({ piece, bytes }) => piece !== undefined && line.includes(bytes.toString().replace(/\n$/, '')),
        );
        if (Buffer.byteLength(line) > maxLine) assert.ok(pieced, about);
      }
    }
  });
});
