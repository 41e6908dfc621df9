// What is written for Loki and for bulk requests, as batches of many files hold it, and how it is taken apart again.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger } from '../../../../sidecars/logs/follow/ledger.ts';
import { bulkFormat } from '../../../../sidecars/logs/record/bulk-format.ts';
import { encodeLines } from '../../../../sidecars/logs/record/encode.ts';
import { nothingEncoded } from '../../../../sidecars/logs/record/encoded.ts';
import type { LineFormat, LogRecord } from '../../../../sidecars/logs/record/format.ts';
import { labelName, lokiFormat } from '../../../../sidecars/logs/record/loki-format.ts';
import { lines } from '../../../../sidecars/logs/record/parts.ts';
import { Batch } from '../../../../sidecars/logs/ship/batch.ts';
import { halvesOf } from '../../../../sidecars/logs/ship/halves.ts';

const time = new Date('2026-01-02T03:04:05.678Z');
const stamp = 1_767_323_045_678_000_000n;

/** Writes lines in one go. */
function encode(format: LineFormat, text: string, output: Buffer, at: number, file = '/a.log') {
  const chunk = Buffer.from(text);
  const result = nothingEncoded();
  const all = { chunk, from: 0, to: chunk.length, final: 'line', maxLine: 1000 } as const;
  encodeLines(all, { output, at, end: output.length }, format.envelope(file, time), undefined, result);
  return result;
}

function write(format: LineFormat, record: Partial<LogRecord>): string {
  const output = Buffer.alloc(1000);
  const whole: LogRecord = {
    file: '/a.log',
    time: time.toISOString(),
    stream: undefined,
    message: Buffer.from('m'),
    fields: undefined,
    piece: undefined,
    ...record,
  };
  return output.toString('utf8', 0, format.write(whole, output, 0, { repaired: 0 }));
}

describe('a body for Loki', () => {
  const facts = { host: 'web', labels: { app: 'shop' }, fields: ['file', 'stream'] } as const;
  const stampsIn = (text: string) => [...text.matchAll(/\["(\d+)"/g)].map(([, digits]) => BigInt(digits as string));

  test('many lines in one go and one by one have stamps that go on, whatever time is told', () => {
    const format = lokiFormat(facts);
    const output = Buffer.alloc(10_000);
    const first = encode(format, 'a\nb\nc\n', output, 0);
    const second = encode(format, 'd\n', output, first.written);
    const both = output.toString('utf8', 0, first.written + second.written);
    assert.deepEqual(stampsIn(both), [stamp, stamp + 1n, stamp + 2n, stamp + 3n]);
    const told = (text: string) => stampsIn(write(format, { time: text }))[0];
    assert.equal(told('2026-01-02T03:04:05.678Z'), stamp + 4n);
    assert.equal(told('2026-01-02T04:04:05.678000001+01:00'), stamp + 5n);
    assert.equal(told('2026-01-02T03:04:05.678Z'), stamp, 'a time that goes back is what it is');
    assert.equal(told('2026-01-02T03:04:06.5Z'), stamp + 822_000_000n);
    assert.equal(told('2016-12-31T23:59:60.5Z'), 1_483_228_799_500_000_000n);
    assert.equal(told('1969-01-01T00:00:00Z'), 0n);
  });

  test('what is no label is structured metadata', () => {
    const text = write(lokiFormat(facts), { stream: 'stderr', piece: { id: '1:2:0', ordinal: 3, last: true } });
    const [, , metadata] = JSON.parse(text.slice(0, -1));
    assert.deepEqual(metadata, {
      host: 'web',
      partial_message: 'true',
      partial_id: '1:2:0',
      partial_ordinal: '3',
      partial_last: 'true',
    });
  });

  test('names of labels', () => {
    assert.deepEqual(['app', 'app.name', 'a-b', '0', 'ä'].map(labelName), ['app', 'app_name', 'a_b', '_0', '_']);
  });

  test('groups follow each other, and one that gets no record leaves nothing behind', () => {
    const format = lokiFormat({ ...facts, fields: ['file'] });
    const batch = new Batch(Buffer.alloc(100_000), format.frame);
    const enter = (file: string) => assert.equal(batch.enter(format.frame?.open(file, undefined)), 0);
    const add = (file: string, text: string) => {
      const { written, records } = encode(format, text, batch.room, batch.length, file);
      batch.add('1:2', new Ledger().add({ offset: text.length }, '', Buffer.from(text)), written, records);
    };
    for (const empty of ['/1', '/2']) enter(empty);
    enter('/a');
    add('/a', 'a1\na2\n');
    enter('/3');
    enter('/b');
    add('/b', 'b1\n');
    add('/b', 'b2\n');
    enter('/4');
    const { body, records } = batch.seal();
    const { streams } = JSON.parse(body.toString()) as { streams: { stream: { file: string }; values: string[][] }[] };
    assert.deepEqual(
      streams.map(({ stream, values }) => [stream.file, ...values.map(([, line]) => line)]),
      [
        ['/a', 'a1', 'a2'],
        ['/b', 'b1', 'b2'],
      ],
    );
    assert.equal(records, 4);
    const { parts = lines(1) } = format;
    const [one, other] = halvesOf({ id: 'x', body, records }, parts);
    assert.deepEqual([one.id, other.id, one.records, other.records], ['x.1', 'x.2', 2, 2]);
    assert.deepEqual(
      [one, other].map((half) => parts.split(half.body).map((part) => JSON.parse(Buffer.from(part).toString()).values[0][1])),
      [
        ['a1', 'a2'],
        ['b1', 'b2'],
      ],
    );
  });
});

describe('a body of a bulk request', () => {
  const idsIn = (text: string) => [...text.matchAll(/"_id":"([^"]+)"/g)].map(([, id]) => id as string);

  test('every document has an id of its own, and ids grow', () => {
    const format = bulkFormat('web', { app: 'shop' });
    const output = Buffer.alloc(100_000);
    const first = encode(format, 'a\n'.repeat(120), output, 0);
    const second = encode(format, 'a\n'.repeat(120), output, first.written);
    const text =
      output.toString('utf8', 0, first.written + second.written) + write(format, {}) + write(format, { fields: '"a":1' });
    const ids = idsIn(text);
    assert.equal(new Set(ids).size, 242);
    assert.deepEqual(ids, ids.toSorted());
    assert.notEqual(idsIn(write(bulkFormat('web', {}), {}))[0], idsIn(write(bulkFormat('web', {}), {}))[0]);
  });

  test('the members of a JSON line take the place of the message', () => {
    const format = bulkFormat('web', { app: 'shop' });
    const documents = ['"level":"info","n":12345678901234567890', ''].map((fields) => write(format, { fields }).split('\n')[1]);
    assert.deepEqual(documents, [
      '{"@timestamp":"2026-01-02T03:04:05.678Z","level":"info","n":12345678901234567890,"file":"/a.log","host":"web","app":"shop"}',
      '{"@timestamp":"2026-01-02T03:04:05.678Z","file":"/a.log","host":"web","app":"shop"}',
    ]);
  });

  test('is taken apart into documents, each with its action', () => {
    const format = bulkFormat('web', {});
    const output = Buffer.alloc(10_000);
    const { written } = encode(format, 'a\nb\nc\n', output, 0);
    const body = output.subarray(0, written);
    const { parts } = format;
    const split = parts.split(body);
    assert.equal(split.length, 3);
    assert.ok(parts.join(split).equals(body));
    assert.deepEqual(
      split.map((part) => JSON.parse(Buffer.from(parts.record(part)).toString()).message),
      ['a', 'b', 'c'],
    );
  });
});
