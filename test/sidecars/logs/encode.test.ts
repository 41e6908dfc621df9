import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { encodeLines } from '../../../sidecars/logs/record/encode.ts';
import { type Encoded, nothingEncoded } from '../../../sidecars/logs/record/encoded.ts';
import type { Envelope } from '../../../sidecars/logs/record/format.ts';
import { ndjson } from '../../../sidecars/logs/record/ndjson.ts';
import { encodePlainly } from '../../../sidecars/logs/record/twin.ts';
import { arenaWithBuffers } from './in-arena.ts';

const envelope: Envelope = { prefix: Buffer.from('{"message":"'), suffix: Buffer.from('"}\n') };
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What the records of `input` have to be, by the decoder and the JSON of the platform. */
function oracle(input: Buffer): string {
  let records = '';
  for (let from = 0; from < input.length; ) {
    const found = input.indexOf(0x0a, from);
    const end = found < 0 ? input.length : found;
    const text = decoder.decode(input.subarray(from, end));
    const line = found >= 0 && text.endsWith('\r') ? text.slice(0, -1) : text;
    records += `{"message":${JSON.stringify(line)}}\n`;
    from = end + 1;
  }
  return records;
}

const inArena = arenaWithBuffers();

/** Both encoders, with the buffers that each of them takes, and how far behind its room it may write. */
const encoders = [
  { name: 'in TypeScript', run: encodePlainly, buffers: [Buffer.alloc(2 ** 20), Buffer.alloc(2 ** 20)], behind: 0 },
  { name: 'in WebAssembly', run: encodeLines, buffers: [inArena.chunk, inArena.output], behind: 64 },
] as const;

interface Call {
  readonly from?: number;
  readonly to?: number;
  readonly at?: number;
  readonly end?: number;
}

/** Encodes all of the input as lines; the output is the whole buffer, which had 0xaa everywhere. */
function encode(
  { run, buffers: [chunk, output] }: (typeof encoders)[number],
  input: Uint8Array,
  { from = 0, to = input.length, at = 0, end = output.length }: Call = {},
): { output: Buffer; text: string; result: Encoded } {
  chunk.set(input);
  // what is behind the input must not matter
  chunk.fill(0xe2, input.length, input.length + 32);
  output.fill(0xaa, 0, Math.min(output.length, 6 * input.length + 64 * (input.length + 1)));
  const result = nothingEncoded();
  run({ chunk, from, to, final: 'line', maxLine: 2 ** 20 }, { output, at, end }, envelope, undefined, result);
  assert.ok(chunk.subarray(0, input.length).equals(input), 'the input stays as it is');
  return { output, text: output.toString('utf8', at, at + result.written), result };
}

const pieces = [
  ...['GET / HTTP/1.1', ' ', 'a', '"', '\\', '\t', '\r', '\0', '\u0001', '\u001f', '\u007f', '/', '\b\f'],
  ...['ä', 'ß', '€', '漢字', '😀', '\u2028', '\ufeff', '\ud7ff', '\ue000', '\uffff', '\u{10ffff}'],
].map((text) => Buffer.from(text));
const broken = [
  [0x80],
  [0xbf, 0xbf],
  [0xc0, 0xaf],
  [0xc2],
  [0xe2, 0x82],
  [0xe0, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf0, 0x9f, 0x98],
  [0xf0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5],
  [0xff, 0xfe],
  [0xf0, 0x9f],
].map((bytes) => Buffer.from(bytes));
const lineEnds = [Buffer.from('\n'), Buffer.from('\n'), Buffer.from('\r\n'), Buffer.from('\r\r\n'), Buffer.from('\n\n')];

function randomLine({ below, pick }: Random): Buffer {
  const parts: Buffer[] = [];
  const style = below(4);
  for (let count = below(12); count > 0; count -= 1) {
    if (style === 0) parts.push(Buffer.from([below(256)]));
    else if (style === 1) parts.push(pick(pieces));
    else parts.push(below(5) === 0 ? pick(broken) : pick(pieces));
  }
  parts.push(pick(lineEnds));
  return Buffer.concat(parts);
}

for (const encoder of encoders) {
  describe(`lines are encoded ${encoder.name}`, () => {
    test('every byte, alone and between others', () => {
      for (let byte = 0; byte < 256; byte += 1) {
        for (const line of [[byte], [0x61, byte, 0x62], [0xe2, byte, 0x82], [0xf0, byte], [byte, byte, byte, byte]]) {
          const input = Buffer.from([...line, 0x0a]);
          assert.equal(encode(encoder, input).text, oracle(input), input.toString('hex'));
        }
      }
    });

    test('line ends: LF, CRLF, CR inside, none at the end', () => {
      const lines = (text: string) =>
        encode(encoder, Buffer.from(text))
          .text.split('\n')
          .slice(0, -1)
          .map((record) => JSON.parse(record).message);
      assert.deepEqual(lines('a\nb\r\nc\rd\n\n\r\n\r\r\nlast'), ['a', 'b', 'c\rd', '', '', '\r', 'last']);
      assert.deepEqual(lines('half\r'), ['half\r']);
      assert.deepEqual(lines(''), []);
    });

    test('a sequence cut by a line end or the end is repaired, and counted', () => {
      const { text, result } = encode(encoder, Buffer.from([0xe2, 0x82, 0x0a, 0xf0, 0x9f, 0x98, 0x0a, 0xff, 0xff]));
      assert.equal(text, '{"message":"\ufffd"}\n{"message":"\ufffd"}\n{"message":"\ufffd\ufffd"}\n');
      assert.equal(result.repaired, 4);
      assert.equal(encode(encoder, Buffer.from('valid ä€😀\n')).result.repaired, 0);
    });

    test('150 000 random lines are as the platform encodes them', (t) => {
      const random = seeded(t);
      for (let round = 0; round < 1500; round += 1) {
        const input = Buffer.concat(Array.from({ length: 100 }, () => randomLine(random)));
        const { text, result } = encode(encoder, input);
        // comparing first is ten times faster than assert.equal on what is equal
        if (text !== oracle(input)) assert.equal(text, oracle(input), `round ${round}`);
        assert.equal(result.consumed, input.length);
        assert.equal(result.records, text.split('\n').length - 1);
        const replaced = [...text].filter((char) => char === '\ufffd').length;
        assert.equal(result.repaired, replaced - count(input, Buffer.from('\ufffd')));
      }
    });

    test('room that ends at any place: whole records only, nothing is written behind, and it goes on where it stopped', (t) => {
      const random = seeded(t);
      for (let round = 0; round < 40; round += 1) {
        const input = Buffer.concat(Array.from({ length: 5 }, () => randomLine(random)));
        const whole = oracle(input);
        const size = Buffer.byteLength(whole);
        for (let end = 0; end <= size + 8; end += 1) {
          const { output, text, result } = encode(encoder, input, { end });
          const behind = end + encoder.behind;
          assert.ok(output.subarray(behind, behind + 16).every((byte) => byte === 0xaa));
          assert.equal(result.stop, result.consumed === input.length ? 'end' : 'room');
          assert.equal(result.records, text.split('\n').length - 1);
          if (end >= size + 8) assert.equal(result.consumed, input.length);
          const rest = encode(encoder, input.subarray(result.consumed)).text;
          if (text + rest !== whole) assert.equal(text + rest, whole, `room ${end} of round ${round}`);
        }
      }
    });

    test('input and output may begin anywhere', () => {
      const call = { from: 5, to: 15, at: 7, end: 200 };
      const { output, text, result } = encode(encoder, Buffer.from('skip\nkeep "ä"\nskip\n'), call);
      assert.equal(text, '{"message":"keep \\"ä\\""}\n');
      assert.deepEqual(result, { consumed: 10, written: 26, records: 1, repaired: 0, stop: 'end' });
      assert.ok(output.subarray(0, 7).every((byte) => byte === 0xaa));
    });

    test('a CR before the place where it begins is not of its line', () => {
      assert.equal(encode(encoder, Buffer.from('a\r\nb\n'), { from: 2 }).text, '{"message":""}\n{"message":"b"}\n');
    });

    test('a number in the prefix counts records', () => {
      const { run, buffers } = encoder;
      const [chunk, output] = buffers;
      const prefix = Buffer.from('["0098","');
      const result = nothingEncoded();
      const to = chunk.write('a\nb\nc\nlonger than there is room for\n');
      const lines = { chunk, from: 0, to, final: 'no', maxLine: 100 } as const;
      run(lines, { output, at: 0, end: 60 }, { prefix, suffix: Buffer.from('"],'), stamp: 5 }, undefined, result);
      assert.equal(output.toString('utf8', 0, result.written), '["0098","a"],["0099","b"],["0100","c"],');
      assert.equal(prefix.toString(), '["0101","');
    });

    test('a line that is not whole is left, and so is one that is too long', () => {
      const { run, buffers } = encoder;
      const [chunk, output] = buffers;
      const result = nothingEncoded();
      const stopOf = (text: string, maxLine: number) => {
        run(
          { chunk, from: 0, to: chunk.write(text), final: 'no', maxLine },
          { output, at: 0, end: 2 ** 20 },
          envelope,
          undefined,
          result,
        );
        return [result.stop, result.consumed];
      };
      assert.deepEqual(stopOf('one\ntw', 3), ['more', 4]);
      assert.deepEqual(stopOf('one\n', 3), ['end', 4]);
      assert.deepEqual(stopOf('one\nfour\n', 3), ['long', 4]);
      assert.deepEqual(stopOf('one\nfour', 3), ['long', 4]);
      assert.deepEqual(stopOf('four', 3), ['long', 0]);
      assert.deepEqual(stopOf('fou', 3), ['more', 0]);
    });
  });
}

describe('ndjson', () => {
  const time = new Date('2026-01-02T03:04:05.678Z');
  const record = ({ prefix, suffix }: Envelope) => JSON.parse(`${Buffer.from(prefix)}${Buffer.from(suffix)}`);

  test('a record has the time, the message, the file, the host and the labels, in that order', () => {
    const { prefix, suffix } = ndjson('web-1', { app: 'web' }).envelope('/a "b".log', time);
    const text = `${Buffer.from(prefix)}hello${Buffer.from(suffix)}`;
    assert.equal(
      text,
      '{"time":"2026-01-02T03:04:05.678Z","message":"hello","file":"/a \\"b\\".log","host":"web-1","app":"web"}\n',
    );
  });

  test('a piece is marked', () => {
    const format = ndjson('h', {});
    const piece = record(format.envelope('/a', time, undefined, { id: '1:2:3', ordinal: 2, last: true }));
    assert.deepEqual(piece, {
      time: time.toISOString(),
      message: '',
      file: '/a',
      host: 'h',
      partial_message: true,
      partial_id: '1:2:3',
      partial_ordinal: 2,
      partial_last: true,
    });
    assert.equal('partial_id' in record(format.envelope('/a', time)), false);
  });

  test('with very many files it stays right', () => {
    const format = ndjson('h', {});
    for (let index = 0; index < 10_050; index += 1) format.envelope(`/${index}`, time);
    assert.equal(record(format.envelope('/7', time)).file, '/7');
  });
});

function count(input: Buffer, part: Buffer): number {
  let found = 0;
  for (let at = input.indexOf(part); at >= 0; at = input.indexOf(part, at + part.length)) found += 1;
  return found;
}
