import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lanes } from '../../../../sidecars/ambassador/resolve/lanes.ts';

/** Tasks that end when they are told to, and what runs of them. */
function scene(count: number) {
  const lanes = new Lanes(count);
  const running = new Map<string, () => void>();
  const results: Promise<string>[] = [];
  const add = (name: string, slow = false) => {
    const run = async () => {
      await new Promise<void>((resolve) => void running.set(name, resolve));
      running.delete(name);
      return name;
    };
    results.push(lanes.run(slow, run));
  };
  const end = async (name: string) => {
    running.get(name)?.();
    await settled();
  };
  const names = async () => {
    await settled();
    return [...running.keys()].join(' ');
  };
  return { add, end, lanes, results, running: names };
}

const settled = () => new Promise(setImmediate);

test('so many at a time, the others in order', async () => {
  const { add, end, results, running } = scene(2);
  for (const name of ['a', 'b', 'c', 'd']) add(name);
  assert.equal(await running(), 'a b');
  await end('b');
  assert.equal(await running(), 'a c');
  await end('a');
  await end('c');
  await end('d');
  assert.deepEqual(await Promise.all(results), ['a', 'b', 'c', 'd']);
});

test('slow ones take turns in one lane, whatever comes overtakes them in the other', async () => {
  const { add, end, running } = scene(2);
  for (const name of ['slow-1', 'slow-2', 'slow-3']) add(name, true);
  assert.equal(await running(), 'slow-1');
  add('a');
  add('b');
  assert.equal(await running(), 'slow-1 a');
  await end('a');
  assert.equal(await running(), 'slow-1 b');
  await end('b');
  assert.equal(await running(), 'slow-1');
  await end('slow-1');
  assert.equal(await running(), 'slow-2');
});

test('with a single lane slow ones run, too', async () => {
  const { add, end, running } = scene(1);
  add('slow', true);
  add('a');
  assert.equal(await running(), 'slow');
  await end('slow');
  assert.equal(await running(), 'a');
});

test('a task that fails gives its lane back', async () => {
  const { add, lanes, running } = scene(1);
  await assert.rejects(
    lanes.run(true, () => Promise.reject(new Error('no such name'))),
    /no such name/,
  );
  add('a', true);
  assert.equal(await running(), 'a');
});
