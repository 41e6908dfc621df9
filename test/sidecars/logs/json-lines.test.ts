// JSON lines: their members are fields of the record; times, names that clash, numbers, and what is no JSON.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { fieldsOf } from '../../../sidecars/logs/record/parse/json.ts';
import { membersOf } from '../../../sidecars/logs/record/parse/members.ts';
import { readAt, recordsOf } from './recording.ts';
import { append, scene } from './scene.ts';

const settings = { format: 'json' } as const;
const own = { time: readAt.toISOString(), file: 'app.log', host: 'web1' };
const recordOf = (text: string, more = {}) => recordsOf(`${text}\n`, { ...settings, ...more }).records[0];

describe('a line', () => {
  test('that is an object gives its members', () => {
    assert.deepEqual(recordOf('{"level":"info","message":"hi","nested":{"a":[1,{"b":"}"}]},"none":null}'), {
      ...own,
      ...{ level: 'info', message: 'hi', nested: { a: [1, { b: '}' }] }, none: null },
    });
    assert.deepEqual(recordOf(' { } '), own);
    assert.deepEqual(recordOf('{"a" : 1 ,\t"b":[ ] }\r'), { ...own, a: 1, b: [] });
  });

  test('keeps numbers and escapes as they stand', () => {
    const text = String.raw`{"big":12345678901234567890.1234567890,"e":1E400,"s":"\u00e9\ud800\/","\u0061":-0}`;
    const line = recordsOf(`${text}\n`, settings).text;
    for (const part of ['12345678901234567890.1234567890', '1E400', String.raw`"\u00e9\ud800\/"`, '"a":-0']) {
      assert.ok(line.includes(part), `${part} in ${line}`);
    }
  });

  test('that is no object is a message', () => {
    for (const text of [
      '',
      'plain',
      '{',
      '{"a":1',
      '{"a":1}x',
      '[{"a":1}]',
      '"a"',
      '1',
      'null',
      "{'a':1}",
      '{"a":1}{"b":2}',
      '{a:1}',
    ]) {
      assert.deepEqual(recordOf(text), { ...own, message: text });
    }
  });

  test('of more than LOGS_MAX_LINE is text in pieces', () => {
    const text = `{"a":"${'x'.repeat(100)}"}`;
    const { records } = recordsOf(`${text}\n{"b":1}\n`, { ...settings, maxLine: 64 });
    assert.equal(`${records[0]?.message}${records[1]?.message}`, text);
    assert.deepEqual([records[0]?.partial_ordinal, records[1]?.partial_last], [1, true]);
    assert.deepEqual(records[2], { ...own, b: 1 });
  });
});

describe('its time', () => {
  const timeOf = (text: string) => {
    const { time, ...rest } = recordOf(text) ?? {};
    return [time, Object.keys(rest).filter((name) => !['file', 'host'].includes(name))];
  };

  test('is that of time, timestamp, @timestamp or ts, in this order, which is taken out', () => {
    assert.deepEqual(timeOf('{"ts":"2026-01-02T03:04:05Z","a":1}'), ['2026-01-02T03:04:05Z', ['a']]);
    assert.deepEqual(timeOf('{"timestamp":"2026-01-02 03:04:05,6+02:00"}'), ['2026-01-02T03:04:05.6+02:00', []]);
    assert.deepEqual(timeOf('{"@timestamp":"2026-01-02T03:04:05Z","ts":1}'), ['2026-01-02T03:04:05Z', ['ts']]);
    assert.deepEqual(timeOf('{"time":1700000000123,"level":30}'), ['2023-11-14T22:13:20.123Z', ['level']]);
    assert.deepEqual(timeOf('{"ts":1700000000}'), ['2023-11-14T22:13:20.000Z', []]);
  });

  test('leaves a number that is more exact than what became of it', () => {
    assert.deepEqual(timeOf('{"ts":1700000000.1234567}'), ['2023-11-14T22:13:20.123Z', ['ts']]);
    assert.deepEqual(timeOf('{"time":1700000000123456789}'), ['2023-11-14T22:13:20.123Z', ['line_time']]);
  });

  test('is that of reading where there is none; what is in its place is kept', () => {
    assert.deepEqual(timeOf('{"time":"soon"}'), [own.time, ['line_time']]);
    assert.deepEqual(timeOf('{"time":{"a":1},"@timestamp":null,"ts":-5}'), [own.time, ['line_time', 'line_@timestamp', 'ts']]);
  });
});

describe('names', () => {
  test('that the record has itself are kept beside ours', () => {
    const record = recordOf('{"host":"example.org","file":"a.c","app":"theirs","line_host":1,"stream":"s"}', {
      labels: { app: 'ours' },
    });
    assert.deepEqual(record, {
      ...own,
      ...{ line_line_host: 'example.org', line_file: 'a.c', line_app: 'theirs', line_host: 1, stream: 's', app: 'ours' },
    });
  });

  test('that are there twice count once, the last one', () => {
    const { text, records } = recordsOf('{"a":1,"b":2,"a":3,"\\u0061":4}\n', settings);
    assert.deepEqual(records[0], { ...own, a: 4, b: 2 });
    assert.equal(text.split('"a"').length, 2);
    assert.deepEqual(recordOf('{"__proto__":1,"constructor":2}')?.constructor, 2);
  });
});

test('members are what they were made of, whatever the object and the white space', (t) => {
  const { below, pick } = seeded(t);
  const strings = ['', 'a', '"', '\\', '\\"', '{', '}', ',', ':', '[', 'é', '\u2028', 'x y', '\n'];
  const value = (depth: number): unknown => {
    const kind = below(depth > 2 ? 4 : 6);
    if (kind === 4) return Array.from({ length: below(4) }, () => value(depth + 1));
    if (kind === 5) return Object.fromEntries(Array.from({ length: below(4) }, () => [pick(strings), value(depth + 1)]));
    return pick([null, true, false, 0, -1.5e300, below(1e9), pick(strings), pick(strings)]);
  };
  for (let round = 0; round < 1000; round += 1) {
    const object = Object.fromEntries(Array.from({ length: below(6) }, () => [pick(strings), value(0)]));
    const space = () => pick(['', ' ', '\t', '  ']);
    const members = Object.entries(object).map(([name, value]) => ({ name: JSON.stringify(name), value: JSON.stringify(value) }));
    const texts = members.map(({ name, value }) => `${space()}${name}${space()}:${space()}${value}${space()}`);
    const text = `${space()}{${texts.join(',')}}${space()}`;
    assert.deepEqual(membersOf(text), members);
    assert.equal(fieldsOf(text, new Set()).fields, members.map(({ name, value }) => `${name}:${value}`).join(','));
  }
});

test('whatever the bytes are, every line is in one record, and chunks do not matter', (t) => {
  const { below, pick } = seeded(t);
  for (let round = 0; round < 150; round += 1) {
    const parts: Buffer[] = [];
    for (let count = below(20); count >= 0; count -= 1) {
      const whole = Buffer.from(
        `${JSON.stringify({ message: pick(['a', '\0é', 'x'.repeat(below(300))]), time: pick(['x', 17e8]), n: count })}\n`,
      );
      if (below(4) === 0) for (let hits = 0; hits < 2; hits += 1) whole[below(whole.length)] = below(256);
      parts.push(whole);
    }
    const file = Buffer.concat(parts);
    const some = { ...settings, maxLine: 64 + below(400) };
    const expected = recordsOf(file, some);
    assert.deepEqual(expected.cursor, { offset: file.length });
    const actual = recordsOf(file, some, { grow: () => 1 + below(200), room: () => 80 + below(1000) });
    assert.equal(actual.text, expected.text, JSON.stringify(file.toString('latin1')));
    const lines = file.toString('latin1').split('\n');
    if (lines.at(-1) === '') lines.pop();
    const whole = expected.records.filter(
      ({ partial_message, partial_last }) => partial_message === undefined || partial_last === true,
    );
    assert.equal(whole.length, lines.length);
  }
});

test('JSON lines through a real sidecar, with labels', async (t) => {
  const { receiver, path, start } = await scene(t, '*.log', { LOGS_FORMAT: 'json', LOGS_LABELS: 'app=web' });
  append(path('app.log'), '{"message":"one","app":"x","time":"2026-01-02T03:04:05+01:00"}\nno json {\n');
  start();
  await receiver.got(2);
  const [first, second] = receiver.records;
  assert.deepEqual([first?.message, first?.app, first?.line_app, first?.time], ['one', 'web', 'x', '2026-01-02T03:04:05+01:00']);
  assert.deepEqual([second?.message, second?.app], ['no json {', 'web']);
});
