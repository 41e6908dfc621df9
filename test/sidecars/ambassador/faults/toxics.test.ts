import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#harness/until.ts';
import { connectThrough, openWay, toxic } from './way.ts';

/** Milliseconds that something takes. */
async function took(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

test('without toxics bytes and both ends are carried, and counted', async (t) => {
  const way = await openWay(t);
  const { client, backend, account } = await connectThrough(t, way);
  await client.send('question');
  client.end();
  assert.equal((await backend.receives(8)).toString(), 'question');
  assert.equal(await backend.ending, 'FIN');
  await backend.send('an answer');
  backend.end();
  assert.equal((await client.receives(9)).toString(), 'an answer');
  assert.equal(await client.ending, 'FIN');
  await until('it is over', () => account.ends.length > 0);
  assert.deepEqual([account.upBytes, account.downBytes, account.ends], [8, 9, ['closed']]);
  assert.equal(way.faults.connections, 0);
});

test('latency: bytes arrive late and in order, also with jitter, and the end after them', async (t) => {
  const way = await openWay(t, [toxic('latency', { latency: 200, jitter: 0 })]);
  const { client, backend } = await connectThrough(t, way);
  await client.send('at once');
  await backend.receives(7);
  const late = await took(async () => {
    await backend.send('late');
    await client.receives(4);
  });
  assert.ok(late >= 200, `it took ${late} ms`);

  way.faults.set([toxic('latency', { latency: 30, jitter: 30 })]);
  const words = Array.from({ length: 40 }, (_, index) => `word ${index};`);
  for (const word of words) await backend.send(word);
  backend.end();
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), `late${words.join('')}`);
});

test('latency: jitter makes some bytes later than others', async (t) => {
  const way = await openWay(t, [toxic('latency', { latency: 200, jitter: 200 })]);
  const all: Awaited<ReturnType<typeof connectThrough>>[] = [];
  for (let index = 0; index < 30; index += 1) all.push(await connectThrough(t, way));
  // that none of 30 is above 240 ms happens once in 5 million times
  const slowest = await took(() =>
    Promise.all(all.map(({ client, backend }) => backend.send('x').then(() => client.receives(1)))),
  );
  assert.ok(slowest >= 240, `the last took ${slowest} ms`);
});

test('latency upstream delays what goes to the backend alone', async (t) => {
  const way = await openWay(t, [toxic('latency', { latency: 150, jitter: 0 }, 'upstream')]);
  const { client, backend } = await connectThrough(t, way);
  const late = await took(async () => {
    await client.send('late');
    await backend.receives(4);
  });
  assert.ok(late >= 150, `it took ${late} ms`);
});

test('two latencies add up', async (t) => {
  const first = toxic('latency', { latency: 100, jitter: 0 }, 'downstream', 'first');
  const way = await openWay(t, [first, toxic('latency', { latency: 120, jitter: 0 }, 'downstream', 'second')]);
  const { client, backend } = await connectThrough(t, way);
  const late = await took(async () => {
    await backend.send('late');
    await client.receives(4);
  });
  assert.ok(late >= 220, `it took ${late} ms`);
});

test('bandwidth: no more bytes than its rate, from the first on', async (t) => {
  const way = await openWay(t, [toxic('bandwidth', { rate: 500 })]);
  const { client, backend } = await connectThrough(t, way);
  const slow = await took(async () => {
    await backend.send(Buffer.alloc(150_000, 'x'));
    await client.receives(150_000);
  });
  assert.ok(slow >= 300, `150 KB at 500 KB/s took ${slow} ms`);
});

test('bandwidth 0 lets nothing pass', async (t) => {
  const way = await openWay(t, [toxic('bandwidth', { rate: 0 })]);
  const { client, backend } = await connectThrough(t, way);
  await backend.send('waits');
  await client.send('passes');
  await backend.receives(6);
  assert.equal(client.bytes, 0);
  way.faults.set([]);
  assert.equal((await client.receives(5)).toString(), 'waits');
});

test('slow_close: the end comes late, bytes do not', async (t) => {
  const way = await openWay(t, [toxic('slow_close', { delay: 250 })]);
  const { client, backend } = await connectThrough(t, way);
  const began = performance.now();
  backend.socket.end('last words');
  await client.receives(10);
  assert.equal(client.ended, undefined);
  assert.equal(await client.ending, 'FIN');
  const late = performance.now() - began;
  assert.ok(late >= 250, `it took ${late} ms`);
});

test('timeout: nothing arrives, and the connection is closed when the time is over', async (t) => {
  const way = await openWay(t, [toxic('timeout', { timeout: 200 })]);
  const began = performance.now();
  const { client, backend, account } = await connectThrough(t, way);
  await backend.send('lost');
  await client.send('passes');
  await backend.receives(6);
  assert.equal(await client.ending, 'FIN');
  const late = performance.now() - began;
  assert.ok(late >= 200, `it took ${late} ms`);
  assert.equal(client.bytes, 0);
  await backend.ending;
  client.end();
  await until('it is over', () => account.ends.length > 0);
  assert.deepEqual(account.ends, ['closed']);
});

test('timeout 0: what was sent waits until the toxic is removed', async (t) => {
  const way = await openWay(t, [toxic('timeout', { timeout: 0 })]);
  const { client, backend } = await connectThrough(t, way);
  backend.socket.end('it waits');
  await client.send('passes');
  await backend.receives(6);
  assert.deepEqual([client.bytes, client.ended], [0, undefined]);
  way.faults.set([]);
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'it waits');
});

test('reset_peer: both sides are reset, after the first byte and its time', async (t) => {
  const way = await openWay(t, [toxic('reset_peer', { timeout: 150 })]);
  const { client, backend, account } = await connectThrough(t, way);
  await client.send('passes');
  await backend.receives(6);
  assert.deepEqual([client.ended, backend.ended], [undefined, undefined]);
  const began = performance.now();
  await backend.send('lost');
  assert.deepEqual(await Promise.all([client.ending, backend.ending]), ['ECONNRESET', 'ECONNRESET']);
  const late = performance.now() - began;
  assert.ok(late >= 150, `it took ${late} ms`);
  assert.equal(client.bytes, 0);
  assert.deepEqual(account.ends, ['closed']);
});

test('slicer: bytes arrive in slices of their size, with the delay between them, in order', async (t) => {
  const way = await openWay(t, [toxic('slicer', { average_size: 10, size_variation: 3, delay: 5000 })]);
  const { client, backend } = await connectThrough(t, way);
  const sizes: number[] = [];
  client.socket.on('data', (chunk: Buffer) => sizes.push(chunk.length));
  const text = '0123456789'.repeat(20);
  const slow = await took(async () => {
    await backend.send(text);
    await client.receives(text.length);
  });
  assert.equal(client.received.toString(), text);
  assert.ok(sizes.length > 5, `200 bytes came in ${sizes.length} reads`);
  // 13 bytes are the largest slice: 16 slices at the least, and so 15 delays
  assert.ok(slow >= 75, `it took ${slow} ms`);
});

test('limit_data: so many bytes arrive, to the last, and then the end', async (t) => {
  const way = await openWay(t, [toxic('limit_data', { bytes: 100_000 })]);
  const { client, backend, account } = await connectThrough(t, way);
  backend.socket.write(Buffer.alloc(60_000, 'a'));
  backend.socket.write(Buffer.alloc(60_000, 'b'));
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.bytes, 100_000);
  assert.equal(client.received.indexOf('b'), 60_000);
  client.end();
  await backend.ending;
  await until('it is over', () => account.ends.length > 0);
  assert.deepEqual([account.downBytes, account.ends], [100_000, ['closed']]);
});

test('limit_data: the last bytes arrive also where the client has sent what nobody reads', async (t) => {
  const way = await openWay(t, [toxic('timeout', { timeout: 0 }, 'upstream'), toxic('limit_data', { bytes: 300_000 })]);
  const { client, backend } = await connectThrough(t, way);
  await client.sendUntilBlocked();
  client.stall();
  backend.socket.write(Buffer.alloc(400_000, 'x'));
  await until('all is carried', () => way.accounts[0]?.downBytes === 300_000);
  client.read();
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.bytes, 300_000);
});

test('toxicity: which connections a toxic works on is drawn once for each', async (t) => {
  const half = { ...toxic('reset_peer', { timeout: 0 }), toxicity: 0.5 };
  const way = await openWay(t, [{ ...half, toxicity: 0 }]);
  const all: Awaited<ReturnType<typeof connectThrough>>[] = [];
  for (let index = 0; index < 40; index += 1) all.push(await connectThrough(t, way));
  for (const { backend } of all) await backend.send('1');
  for (const { client } of all) await client.receives(1);

  way.faults.set([half]);
  for (const { backend } of all) await backend.send('2');
  await until('each was reset or was not', () => all.every(({ client }) => client.ended !== undefined || client.bytes === 2));
  const left = all.filter(({ client }) => client.ended === undefined);
  assert.ok(left.length > 0 && left.length < all.length, `${left.length} of ${all.length} are left`);

  way.faults.set([{ ...half, attributes: { timeout: 1 } }]);
  for (const { backend } of left) await backend.send('3');
  for (const { client } of left) await client.receives(3);
});
