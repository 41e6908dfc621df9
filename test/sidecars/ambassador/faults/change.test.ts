import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { sendSummed } from '#harness/checksum.ts';
import { seeded } from '#harness/random.ts';
import { until } from '#harness/until.ts';
import type { Stream, Toxic } from '../../../../sidecars/ambassador/faults/toxics/toxic.ts';
import { connectThrough, openWay, toxic } from './way.ts';

const size = 24_000_000;

test('toxics come, change, go and change places under load, and no byte is lost, doubled or out of order', async (t) => {
  const random = seeded(t);
  const way = await openWay(t);
  const { client, backend } = await connectThrough(t, way);
  const sent = Promise.all([sendSummed(client.socket, size, 1), sendSummed(backend.socket, size, 2)]);
  const makes: ((stream: Stream) => Toxic)[] = [
    (stream) => toxic('latency', { latency: random.below(30), jitter: random.below(20) }, stream),
    (stream) => toxic('latency', { latency: random.below(10), jitter: 0 }, stream, `second latency ${stream}`),
    (stream) => toxic('slicer', { average_size: 1 + random.below(20_000), size_variation: 0, delay: random.below(100) }, stream),
    (stream) => toxic('timeout', { timeout: 0 }, stream),
    (stream) => toxic('slow_close', { delay: random.below(50) }, stream),
    (stream) => toxic('limit_data', { bytes: size + 1 }, stream),
    (stream) => toxic('reset_peer', { timeout: 600_000 }, stream),
  ];
  const received = () => client.bytes + backend.bytes;
  let changes = 0;
  for (let before = -1; received() < 2 * size; changes += 1) {
    const toxics: Toxic[] = [];
    for (const stream of ['upstream', 'downstream'] as const) {
      const left = [...makes];
      const chosen = [toxic('bandwidth', { rate: 5000 + random.below(15_000) }, stream)];
      for (let count = random.below(4); count > 0; count -= 1)
        chosen.push(...left.splice(random.below(left.length), 1).map((make) => make(stream)));
      toxics.push(...chosen.sort(() => random.next() - 0.5));
    }
    way.faults.set(toxics);
    const stopped = new Set(toxics.filter(({ type }) => /timeout|reset_peer/.test(type)).map(({ stream }) => stream));
    const isMoving = () =>
      (backend.bytes < size && !stopped.has('upstream')) || (client.bytes < size && !stopped.has('downstream'));
    await until('something moves, where anything may', () => !isMoving() || received() > before);
    before = received();
  }
  way.faults.set([]);
  const [up, down] = await sent;
  assert.deepEqual(await Promise.all([client.ending, backend.ending]), ['FIN', 'FIN']);
  assert.deepEqual({ bytes: backend.bytes, sha256: sum(backend.received) }, up);
  assert.deepEqual({ bytes: client.bytes, sha256: sum(client.received) }, down);
  assert.ok(changes > 20, `there were ${changes} changes`);
});

test('a toxic that is removed gives what it holds to those behind it, in order', async (t) => {
  const [first, second, third] = ['first', 'second', 'third'].map((name) => toxic('timeout', { timeout: 0 }, 'downstream', name));
  assert.ok(first && second && third);
  const way = await openWay(t, [third]);
  const { client, backend } = await connectThrough(t, way);
  /** Sends a letter and waits until it has come to the toxics. */
  const send = async (letter: string) => {
    const before = way.joins[0]?.lastByteAt;
    await backend.send(letter);
    await until(`${letter} is held`, () => way.joins[0]?.lastByteAt !== before);
  };
  await send('a');
  way.faults.set([second, third]);
  await send('b');
  way.faults.set([first, second, third]);
  await send('c');
  way.faults.set([third]);
  await send('d');
  assert.equal(client.bytes, 0);
  way.faults.set([third, first]);
  way.faults.set([first, third]);
  await send('e');
  backend.end();
  way.faults.set([]);
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'abcde');
});

test('a toxic that is changed works on what it already holds', async (t) => {
  const way = await openWay(t, [toxic('latency', { latency: 600_000, jitter: 0 })]);
  const { client, backend } = await connectThrough(t, way);
  await backend.send('soon');
  await client.send('x');
  await backend.receives(1);
  way.faults.set([toxic('latency', { latency: 1, jitter: 0 })]);
  assert.equal((await client.receives(4)).toString(), 'soon');
});

test('limit_data remembers what has passed when it is changed', async (t) => {
  const way = await openWay(t, [toxic('limit_data', { bytes: 10 })]);
  const { client, backend } = await connectThrough(t, way);
  await backend.send('12345678');
  await client.receives(8);
  way.faults.set([toxic('limit_data', { bytes: 12 })]);
  await backend.send('90abcdef');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), '1234567890ab');
});

test('what toxics hold is bounded, and so is what waits for a client that does not read', async (t) => {
  const way = await openWay(t, [toxic('timeout', { timeout: 0 })]);
  const held = await connectThrough(t, way);
  const taken = await held.backend.sendUntilBlocked();
  // 1 MiB of the toxic, and what the system holds in the buffers of two sockets
  assert.ok(taken < 16 * 1024 * 1024, `${taken} bytes were taken`);
  way.faults.set([]);
  held.client.stall();
  const blocked = await held.backend.sendUntilBlocked();
  assert.ok(blocked < 32 * 1024 * 1024, `${blocked} bytes were taken`);
});

function sum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
