import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '#harness/until.ts';
import type { Stream, Toxic } from '../../../../sidecars/ambassador/faults/toxics/toxic.ts';
import { connectThrough, openWay, toxic } from './way.ts';

/** Each toxic with numbers that let 5 MB pass soon. */
const passing = (stream: Stream): Toxic[] => [
  toxic('latency', { latency: 20, jitter: 10 }, stream),
  toxic('bandwidth', { rate: 50_000 }, stream),
  toxic('slow_close', { delay: 50 }, stream),
  toxic('slicer', { average_size: 20_000, size_variation: 10_000, delay: 20 }, stream),
  toxic('limit_data', { bytes: 50_000_000 }, stream),
];

/** Each toxic with numbers that let nothing pass. */
const stopping = (stream: Stream): Toxic[] => [
  toxic('timeout', { timeout: 0 }, stream),
  toxic('timeout', { timeout: 600_000 }, stream, 'timeout with an end'),
  toxic('reset_peer', { timeout: 600_000 }, stream),
  toxic('bandwidth', { rate: 0 }, stream),
];

const bothWays = (make: (stream: Stream) => Toxic[]): Toxic[][] => {
  const down = make('downstream');
  return make('upstream').map((up, index) => [up, down[index] ?? up]);
};

const nameOf = ([first]: readonly Toxic[]) => `${first?.type} ${JSON.stringify(first?.attributes)}`;

const answer = Buffer.alloc(5_000_000, 'an answer that is long; ');

describe('half-close: 5 MB after the client has sent its FIN', () => {
  for (const toxics of [...bothWays(passing), [...passing('upstream'), ...passing('downstream')]]) {
    const name = toxics.length > 2 ? 'all of them' : nameOf(toxics);
    test(`through ${name}`, async (t) => {
      const way = await openWay(t, toxics);
      const { client, backend, account } = await connectThrough(t, way);
      client.socket.end('question');
      assert.equal(await backend.ending, 'FIN');
      assert.equal(backend.received.toString(), 'question');
      backend.socket.end(answer);
      assert.equal(await client.ending, 'FIN');
      assert.ok(client.received.equals(answer), `${client.bytes} bytes came`);
      await until('it is over', () => account.ends.length > 0);
      assert.deepEqual(account.ends, ['closed']);
    });
  }

  for (const toxics of bothWays(stopping))
    test(`once ${nameOf(toxics)} is removed`, async (t) => {
      const way = await openWay(t, toxics);
      const { client, backend } = await connectThrough(t, way);
      client.socket.end('question');
      backend.socket.end(answer);
      await until(
        'bytes came, and are held',
        () => way.joins[0]?.lastByteAt !== undefined && backend.socket.bytesWritten > 100_000,
      );
      assert.deepEqual([client.bytes, backend.bytes], [0, 0]);
      way.faults.set([]);
      assert.deepEqual(await Promise.all([client.ending, backend.ending]), ['FIN', 'FIN']);
      assert.equal(backend.received.toString(), 'question');
      assert.ok(client.received.equals(answer));
    });
});

describe('a reset is carried as a reset', () => {
  for (const toxics of [...bothWays(passing), ...bothWays(stopping)]) {
    test(`of the backend, through ${nameOf(toxics)}`, async (t) => {
      const way = await openWay(t, toxics);
      const { client, backend, account } = await connectThrough(t, way);
      backend.reset();
      assert.equal(await client.ending, 'ECONNRESET');
      assert.deepEqual([account.ends, way.faults.connections], [['resetByBackend'], 0]);
    });

    test(`of the client, through ${nameOf(toxics)}`, async (t) => {
      const way = await openWay(t, toxics);
      const { client, backend, account } = await connectThrough(t, way);
      client.reset();
      assert.equal(await backend.ending, 'ECONNRESET');
      assert.deepEqual([account.ends, way.faults.connections], [['resetByClient'], 0]);
    });
  }

  test('after what was sent before it, where a toxic takes its time', async (t) => {
    const way = await openWay(t, [toxic('latency', { latency: 150, jitter: 0 }), toxic('bandwidth', { rate: 100 })]);
    const { client, backend, account } = await connectThrough(t, way);
    await backend.send('an answer');
    await until('it is on its way', () => backend.socket.bytesWritten === 9);
    backend.reset();
    await client.send('more of the question');
    assert.equal(await client.ending, 'ECONNRESET');
    assert.equal(client.received.toString(), 'an answer');
    assert.deepEqual(account.ends, ['resetByBackend']);
  });

  for (const stopped of stopping('downstream'))
    test(`past what ${nameOf([stopped])} holds`, async (t) => {
      const way = await openWay(t, [stopped]);
      const { client, backend, account } = await connectThrough(t, way);
      await backend.send('never to arrive');
      await client.send('x');
      await backend.receives(1);
      backend.reset();
      assert.equal(await client.ending, 'ECONNRESET');
      assert.deepEqual([client.bytes, account.ends], [0, ['resetByBackend']]);
    });

  test('past a client that does not read', async (t) => {
    const way = await openWay(t, [toxic('latency', { latency: 10, jitter: 0 })]);
    const { client, backend, account } = await connectThrough(t, way);
    client.stall();
    await backend.sendUntilBlocked();
    backend.reset();
    const join = way.joins[0];
    assert.ok(join);
    await until('it is found', () => {
      join.probe?.(performance.now());
      return account.ends.length > 0;
    });
    assert.deepEqual(account.ends, ['resetByBackend']);
    client.read();
    assert.equal(await client.ending, 'ECONNRESET');
  });
});

test('reset() resets both sides, and the account hears nothing', async (t) => {
  const way = await openWay(t, [toxic('latency', { latency: 10, jitter: 0 })]);
  const { client, backend, account } = await connectThrough(t, way);
  way.joins[0]?.reset();
  assert.deepEqual(await Promise.all([client.ending, backend.ending]), ['ECONNRESET', 'ECONNRESET']);
  assert.deepEqual([account.ends, way.faults.connections], [[], 0]);
});

test('cut() closes what lives', async (t) => {
  const way = await openWay(t, [toxic('timeout', { timeout: 0 })]);
  const { client, backend, account } = await connectThrough(t, way);
  way.faults.cut();
  assert.deepEqual(await Promise.all([client.ending, backend.ending]), ['FIN', 'FIN']);
  await until('it is over', () => account.ends.length > 0);
  assert.deepEqual([account.ends, way.faults.connections], [['closed'], 0]);
});
