import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import { Excerpt } from '../../../../sidecars/logs/analysis/access.ts';
import { Analysis } from '../../../../sidecars/logs/analysis/analysis.ts';
import { Busiest } from '../../../../sidecars/logs/analysis/busiest.ts';
import { Times, timeBounds } from '../../../../sidecars/logs/analysis/times.ts';

// a flag that is set here makes the function in a context that is made later
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function key(text: string): Excerpt {
  const excerpt = new Excerpt();
  const bytes = Buffer.from(`..${text}..`);
  excerpt.set(bytes, 2, bytes.length - 2);
  return excerpt;
}

test('up to its capacity all keys are counted exactly', (t) => {
  const { below } = seeded(t);
  const busiest = new Busiest(64);
  const exact = new Map<string, { requests: number; bytes: number; failed: number; seconds: number }>();
  for (let round = 0; round < 20_000; round += 1) {
    const name = `/${below(64)}${below(2) === 0 ? '' : ''}`;
    const [size, failed, seconds] = [below(100), below(9) === 0, below(50) / 16];
    busiest.add(key(name), size, failed, seconds);
    const known = exact.getOrInsertComputed(name, () => ({ requests: 0, bytes: 0, failed: 0, seconds: 0 }));
    known.requests += 1;
    known.bytes += size;
    known.failed += Number(failed);
    known.seconds += seconds;
  }
  const expected = [...exact].map(([name, { seconds, requests, ...more }]) => ({
    name,
    requests,
    missed: 0,
    ...more,
    seconds: seconds / requests,
  }));
  const order = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  assert.deepEqual(busiest.top(100).sort(order), expected.sort(order));
});

test('beyond, what is told is never too much, what may be missed is told, and whatever is frequent is there', (t) => {
  const { below } = seeded(t);
  const capacity = 64;
  const [whole, parts] = [new Busiest(capacity), new Busiest(capacity)];
  const exact = new Map<string, number>();
  const part = new Busiest(capacity);
  const rounds = 100_000;
  for (let round = 1; round <= rounds; round += 1) {
    // a few that come often, and 100,000 that come once or twice
    const name = below(3) === 0 ? `/often/${below(6)}` : `/rare/${below(100_000)}`;
    exact.set(name, (exact.get(name) ?? 0) + 1);
    for (const each of [whole, part]) each.add(key(name), 1, false, Number.NaN);
    if (round % 5000 > 0) continue;
    parts.merge(part);
    part.clear();
  }
  for (const busiest of [whole, parts]) {
    const top = busiest.top(Infinity);
    assert.equal(top.length, capacity);
    for (const { name, requests, missed } of top) {
      const real = exact.get(name) ?? 0;
      assert.ok(requests <= real && real <= requests + missed, `${name}: ${requests} of ${real}, ${missed} may be missed`);
    }
    for (const { name } of top.slice(0, 6)) assert.match(name, /^\/often\//);
  }
  // all that was counted stands under one of the keys: nothing leaks from the table
  assert.equal(
    whole.top(Infinity).reduce((sum, { requests, missed }) => sum + requests + missed, 0),
    rounds,
  );
});

test('long keys are told by their beginning', () => {
  const busiest = new Busiest(16);
  for (const end of ['a', 'b']) busiest.add(key(`/${'x'.repeat(200)}${end}`), 1, false, 1);
  busiest.add(key(`/${'x'.repeat(40)}`), 1, true, Number.NaN);
  assert.deepEqual(
    busiest.top(9).map(({ name, requests, failed, seconds }) => [name, requests, failed, seconds]),
    [
      [`/${'x'.repeat(127)}…`, 2, 0, 1],
      [`/${'x'.repeat(40)}`, 1, 1, null],
    ],
  );
  assert.deepEqual(
    busiest.top(1, 'failed').map(({ failed }) => failed),
    [1],
  );
});

test('quantiles are within a 32nd of the real ones, and the buckets for Prometheus exact', (t) => {
  const { next } = seeded(t);
  const times = new Times();
  const real = Array.from({ length: 5000 }, () => Math.round(10 ** (next() * 8 - 6) * 1e6) / 1e6).sort((a, b) => a - b);
  for (const seconds of real.toReversed()) times.add(seconds);
  for (const share of [0, 0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = real[Math.max(1, Math.ceil(share * real.length)) - 1] ?? 0;
    const told = times.quantile(share);
    assert.ok(Math.abs(told - exact) <= exact / 32 + 1e-6, `${share}: ${told} for ${exact}`);
  }
  const below = [0, ...timeBounds].map((bound) => real.filter((seconds) => seconds <= bound).length);
  assert.deepEqual(
    [...times.bounded],
    timeBounds.map((_, index) => (below[index + 1] ?? 0) - (below[index] ?? 0)),
  );
  assert.equal(times.most, real.at(-1));
  assert.ok(Number.isNaN(new Times().quantile(0.5)));
});

const line = (path: string, status = 200) => Buffer.from(`10.0.0.7 - - [t] "GET ${path} HTTP/1.1" ${status} 10 "-" "x" 0.100\n`);

test('windows are of whole seconds that are over, and forget', () => {
  let now = 1_000_000_000;
  const analysis = new Analysis(() => now);
  const take = (bytes: Buffer) => analysis.take(bytes, 0, bytes.length);
  const counted = () => (['1s', '10s', '1m', 'all'] as const).map((name) => analysis.snapshot(name, { rows: 1 }).requests);
  take(line('/a'));
  take(line('/b'));
  assert.deepEqual(counted(), [0, 0, 0, 2]);
  now += 1000;
  assert.deepEqual(counted(), [2, 2, 2, 2]);
  take(line('/a'));
  now += 1000;
  assert.deepEqual(counted(), [1, 3, 3, 3]);
  const { seconds, requestsPerSecond } = analysis.snapshot('10s', { rows: 1 });
  assert.deepEqual([seconds, requestsPerSecond], [2, 1.5], 'what was not there yet is not counted as silence');
  now += 8000;
  assert.deepEqual(counted(), [0, 3, 3, 3]);
  now += 1000;
  assert.deepEqual(counted(), [0, 1, 3, 3]);
  now += 43_000;
  assert.deepEqual(counted(), [0, 0, 3, 3]);
  now += 7000;
  assert.deepEqual(counted(), [0, 0, 0, 3]);
  now += 40 * 86_400_000;
  assert.deepEqual(counted(), [0, 0, 0, 3], 'a long silence');
  take(line('/c'));
  now -= 5000;
  take(line('/c'));
  now += 6000;
  assert.deepEqual(counted(), [2, 2, 2, 5], 'a clock that is set back');
});

test('each second is in each window exactly as long as it should be', (t) => {
  const { below } = seeded(t);
  let now = 7_000_000_000 + below(60_000);
  const analysis = new Analysis(() => now);
  const bySecond = new Map<number, number>();
  for (let round = 0; round < 400; round += 1) {
    now += below(2500);
    const second = Math.floor(now / 1000);
    for (let count = below(4); count > 0; count -= 1) {
      const bytes = line('/a');
      analysis.take(bytes, 0, bytes.length);
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    }
    const since = (from: number) => [...bySecond].reduce((sum, [at, count]) => sum + (at >= from && at < second ? count : 0), 0);
    const minute = (Math.floor(second / 5) - 11) * 5;
    const told = (['1s', '10s', '1m'] as const).map((name) => analysis.snapshot(name, { rows: 0 }).requests);
    assert.deepEqual(told, [since(second - 1), since(second - 10), since(minute)]);
  }
  assert.equal(analysis.snapshot('all', { rows: 0 }).requests, analysis.tally.requests);
});

test('a snapshot tells all of it', () => {
  const analysis = new Analysis(() => 5_000_000);
  const post = Buffer.from(
    'fd00::7 - - [t] "POST /b HTTP/1.1" 503 4\r\nno request\n10.0.0.7 - - [t] "\\x16" 400 0\n{"status":204,"path":"/c"}',
  );
  for (const bytes of [line('/a'), line('/a', 404), post]) analysis.take(bytes, 0, bytes.length);
  const { paths, clients, agents, times, ...rest } = analysis.snapshot('all', { rows: 10 });
  assert.deepEqual(rest, {
    seconds: 0,
    requests: 5,
    requestsPerSecond: 0,
    bytes: 24,
    bytesPerSecond: 0,
    classes: { '2xx': 2, '4xx': 2, '5xx': 1 },
    statuses: [200, 204, 400, 404, 503].map((status) => ({ status, requests: 1 })),
    methods: { GET: 2, POST: 1, other: 2 },
    otherLines: 1,
  });
  assert.deepEqual(
    paths.map(({ name, requests, failed }) => [name, requests, failed]),
    [
      ['/a', 2, 0],
      ['/b', 1, 1],
      ['/c', 1, 0],
    ],
  );
  assert.deepEqual(
    clients.map(({ name }) => name),
    ['10.0.0.7', 'fd00::7'],
  );
  assert.deepEqual(
    agents.map(({ name }) => name),
    ['x'],
  );
  assert.equal(times?.requests, 2);
  assert.ok(Math.abs((times?.p50 ?? 0) - 0.1) < 0.1 / 32);
});

test('memory is bounded, whatever comes: random bytes, and a hundred thousand paths and clients', async (t) => {
  const { below } = seeded(t);
  let now = 9_000_000;
  const analysis = new Analysis(() => now);
  const noise = Buffer.alloc(200_000);
  for (let index = 0; index < noise.length; index += 1) noise[index] = below(256);
  let number = 0;
  collect();
  const before = process.memoryUsage().arrayBuffers;
  for (let second = 0; second < 70; second += 1) {
    now += 1000;
    const lines = Array.from({ length: 1500 }, () => {
      number += 1;
      return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255} - - [t] "GET /${number}/${'x'.repeat(150)} HTTP/1.1" 200 1 "-" "agent ${number}${'y'.repeat(150)}"`;
    });
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    analysis.take(bytes, 0, bytes.length);
    analysis.take(noise, 0, 20_000 + second);
  }
  assert.equal(analysis.tally.requests, 105_000);
  // what is of no use any more is swept by another thread
  await until('what is left is what was counted', () => {
    collect();
    return (process.memoryUsage().arrayBuffers - before) / 2 ** 20 < 5;
  });
  assert.deepEqual(analysis.snapshot('1m', { rows: 5 }).paths, [], 'none of them stands out');
});
