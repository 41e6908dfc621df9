import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Malformed } from './push.ts';
import { queryRange } from './query.ts';
import { Streams } from './streams.ts';

const now = Date.parse('2026-11-26T12:00:00Z');

/** Three lines of an access log, a second apart, and one of an error log. */
function streams(): Streams {
  const all = new Streams();
  const add = (file: string, ago: number, line: string, metadata = {}) =>
    all.add({ labels: { app: 'web', file }, stamp: BigInt(now - ago * 1000) * 1_000_000n, line, metadata });
  add('/log/access.log', 3, 'GET /a 200');
  add('/log/access.log', 2, 'GET /b 404');
  add('/log/access.log', 1, 'POST /a "500"', { partial_last: 'true' });
  add('/log/error.log', 2, 'no such file');
  return all;
}

function lines(query: string, more: Readonly<Record<string, string>> = {}): string[] {
  const asked = new URLSearchParams({ query, direction: 'forward', ...more });
  return queryRange(streams(), asked, now).flatMap(({ values }) => values.map(([, line]) => line));
}

describe('a query', () => {
  for (const [query, expected] of [
    ['{app="web", file="/log/error.log"}', ['no such file']],
    ['{app!="web"}', []],
    ['{file=~".*/access[.]log"} |= "/a"', ['GET /a 200', 'POST /a "500"']],
    ['{file=~"access"}', []],
    ['{file!~".*error.*"} != "GET"', ['POST /a "500"']],
    ['{app="web"} |~ `GET|POST` !~ "4..$"', ['GET /a 200', 'POST /a "500"']],
    ['{app="web"} |= "\\"500\\""', ['POST /a "500"']],
    ['{ app = `web` , nothing = "" } |= "such"', ['no such file']],
  ] as const) {
    test(query, () => assert.deepEqual(lines(query), expected));
  }

  for (const query of ['', 'app="web"', '{}', '{app="web"', '{app}', '{app="web"} | json', '{app="\\w"}', '{app=~"("}'])
    test(`${query} is refused`, () => assert.throws(() => lines(query), Malformed));
});

describe('a range', () => {
  test('is the last hour, the newest first, where nothing else is said', () => {
    const [first] = queryRange(streams(), new URLSearchParams({ query: '{app="web"}', limit: '1' }), now);
    const stream = { app: 'web', file: '/log/access.log', partial_last: 'true' };
    assert.deepEqual(first, { stream, values: [[`${now - 1000}000000`, 'POST /a "500"']] });
    const later = now + 3_600_000 - 1500;
    const [left] = queryRange(streams(), new URLSearchParams({ query: '{app="web"}' }), later);
    assert.deepEqual(left?.values.length, 1);
  });

  for (const [what, start, end] of [
    ['nanoseconds', `${now - 3000}000000`, `${now - 2000}000000`],
    ['seconds', String(now / 1000 - 3), String(now / 1000 - 2)],
    ['dates', '2026-11-26T11:59:57Z', '2026-11-26T11:59:58Z'],
  ] as const) {
    test(`in ${what} has its beginning, and not its end`, () =>
      assert.deepEqual(lines('{app="web"}', { start, end }), ['GET /a 200']));
  }

  test('that is none is refused', () => {
    assert.throws(() => lines('{app="web"}', { start: 'yesterday' }), Malformed);
    assert.throws(() => lines('{app="web"}', { limit: '5001' }), /max entries limit per query exceeded/);
    assert.throws(() => lines('{app="web"}', { limit: 'all' }), Malformed);
  });
});

test('of entries that are the same in stream, time and text one is kept', () => {
  const all = new Streams();
  const entry = { labels: { app: 'web' }, stamp: 1n, line: 'x', metadata: {} };
  for (const one of [entry, entry, { ...entry, stamp: 2n }, { ...entry, line: 'y' }, { ...entry, labels: { app: 'db' } }])
    all.add(one);
  assert.equal(all.of(() => true).length, 4);
});
