import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { delays, retry, sleep } from '#shared/retry.ts';

const backoff = { base: 1, cap: 4 };

test('waits double up to the cap, between half and all of it', () => {
  const first = (random: number, factor?: number) => [
    ...take(
      6,
      delays({ base: 100, cap: 1000, ...(factor && { factor }) }, () => random),
    ),
  ];
  assert.deepEqual(first(0), [50, 100, 200, 400, 500, 500]);
  assert.deepEqual(first(1), [100, 200, 400, 800, 1000, 1000]);
  assert.deepEqual(first(0.5, 10), [75, 750, 750, 750, 750, 750]);
});

test('waits never end nor leave their bounds', () => {
  for (const wait of take(5000, delays({ base: 7, cap: 300 }))) assert.ok(wait >= 3.5 && wait <= 300, `${wait}`);
});

test('a base above the cap is the cap', () => {
  assert.equal(delays({ base: 500, cap: 100 }, () => 1).next().value, 100);
});

test('sleep ends at its time, or when aborted, and leaves no listener behind', async () => {
  await sleep(1);
  const aborting = new AbortController();
  let listeners = 0;
  const { signal } = aborting;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    listeners += 1;
    addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    listeners -= 1;
    removeEventListener.apply(signal, given);
  };
  await sleep(1, signal);
  assert.equal(listeners, 0);
  const asleep = sleep(2 ** 40, signal);
  aborting.abort();
  await asleep;
  assert.equal(listeners, 0);
  await sleep(2 ** 40, signal);
});

test('attempts until the server has recovered', async (t) => {
  let requests = 0;
  const server = createServer((_, answer) => {
    requests += 1;
    answer.writeHead(requests < 4 ? 503 : 200).end();
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const heard: [string, number][] = [];
  const result = await retry(
    async (n) => {
      const { status } = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
      if (status !== 200) throw new Error(`status ${status}`);
      return n;
    },
    { backoff, onRetry: (error, wait, n) => heard.push([`${error}`, n]) && assert.ok(wait > 0 && wait <= 4) },
  );
  assert.equal(result, 4);
  assert.deepEqual(
    heard,
    [1, 2, 3].map((n) => ['Error: status 503', n]),
  );
});

test('what is not retryable is thrown at once', async () => {
  let attempts = 0;
  const fatal = new Error('401');
  const failing = retry(
    async () => {
      attempts += 1;
      throw fatal;
    },
    { backoff, retryable: () => false, onRetry: () => assert.fail('there is no retry') },
  );
  await assert.rejects(failing, fatal);
  assert.equal(attempts, 1);
});

test('a wait that is asked for is kept, even beyond the cap', async () => {
  const waits: number[] = [];
  await retry(
    async (n) => {
      if (n < 3) throw new Error('429');
    },
    { backoff, retryable: () => 20, onRetry: (_, wait) => waits.push(wait) },
  );
  assert.deepEqual(waits, [20, 20]);
});

test('aborted while it waits, during an attempt, or before the first', async () => {
  for (const abortIn of ['wait', 'attempt']) {
    const aborting = new AbortController();
    let attempts = 0;
    const failing = retry(
      async (n) => {
        attempts = n;
        if (n === 2 && abortIn === 'attempt') aborting.abort();
        throw new Error(`failure ${n}`);
      },
      {
        // Two waits long enough that only the abort can end the second.
        backoff: { base: 1, cap: 2 ** 30, factor: 2 ** 30 },
        signal: aborting.signal,
        onRetry: (_, __, n) => {
          if (n === 2) setImmediate(() => aborting.abort());
        },
      },
    );
    await assert.rejects(failing, /failure 2/);
    assert.equal(attempts, 2);
  }
  await assert.rejects(
    retry(async () => assert.fail('no attempt'), { backoff, signal: AbortSignal.abort(new Error('stopping')) }),
    /stopping/,
  );
});

function* take<T>(count: number, from: Iterator<T>): Generator<T> {
  for (let n = 0; n < count; n++) yield from.next().value;
}
