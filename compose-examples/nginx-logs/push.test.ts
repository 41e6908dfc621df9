import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Malformed, readPush } from './push.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const stamp = `${now}000000`;

function push(...streams: unknown[]) {
  return readPush(Buffer.from(JSON.stringify({ streams })), now);
}

describe('a push', () => {
  test('is read as Loki documents it', () => {
    const { entries, refused } = push({
      stream: { file: 'a.log', app: 'web' },
      values: [
        [stamp, 'one'],
        [stamp, 'two', { partial_last: 'true' }],
      ],
    });
    assert.deepEqual(refused, []);
    assert.deepEqual(entries, [
      { labels: { app: 'web', file: 'a.log' }, stamp: BigInt(stamp), line: 'one', metadata: {} },
      { labels: { app: 'web', file: 'a.log' }, stamp: BigInt(stamp), line: 'two', metadata: { partial_last: 'true' } },
    ]);
    assert.deepEqual(Object.keys(entries[0]?.labels ?? {}), ['app', 'file'], 'the order of labels is none of the stream');
  });

  for (const [what, body] of [
    ['is no JSON', '{"streams":'],
    ['is no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['has no streams', '{}'],
    ['has an empty list of streams', '{"streams":[]}'],
    ['has something else in it', '{"streams":[{"stream":{"a":"b"},"values":[["1","x"]]}],"more":1}'],
    ['has a stream without values', '{"streams":[{"stream":{"a":"b"},"values":[]}]}'],
    ['has a label that is no text', '{"streams":[{"stream":{"a":1},"values":[["1","x"]]}]}'],
    ['has a time that is a number', '{"streams":[{"stream":{"a":"b"},"values":[[1,"x"]]}]}'],
    ['has a line that is no text', '{"streams":[{"stream":{"a":"b"},"values":[["1",null]]}]}'],
    ['has a fourth member in a value', '{"streams":[{"stream":{"a":"b"},"values":[["1","x",{},1]]}]}'],
  ] as const) {
    test(`that ${what} is refused as a whole`, () => assert.throws(() => readPush(Buffer.from(body), now), Malformed));
  }

  for (const [what, stream, value, reason] of [
    ['without labels', {}, [stamp, 'x'], /at least one label pair/],
    ['with a name that is none', { 'a-b': 'c' }, [stamp, 'x'], /invalid label name: 'a-b'/],
    [
      'with too many labels',
      Object.fromEntries(Array.from('abcdefghijklmnop', (name) => [name, ''])),
      [stamp, 'x'],
      /16 label names/,
    ],
    ['with a value that is too long', { a: 'b'.repeat(2049) }, [stamp, 'x'], /label value too long: 'a'/],
    ['with a line that is too long', { a: 'b' }, [stamp, 'x'.repeat(256 * 1024 + 1)], /max entry size '262144' bytes exceeded/],
    ['of last month', { a: 'b' }, [String(BigInt(stamp) - 30n * 86_400_000_000_000n), 'x'], /too old: 2026-10-27/],
    ['of tomorrow', { a: 'b' }, [String(BigInt(stamp) + 86_400_000_000_000n), 'x'], /too new: 2026-11-27/],
  ] as const) {
    test(`keeps its other entries where there is one ${what}`, () => {
      const { entries, refused } = push({ stream, values: [value] }, { stream: { a: 'b' }, values: [[stamp, 'good']] });
      assert.deepEqual(
        entries.map(({ line }) => line),
        ['good'],
      );
      assert.equal(refused.length, 1);
      assert.match(refused[0] ?? '', reason);
    });
  }
});
