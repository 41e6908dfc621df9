import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineBackend } from '../../../../sidecars/ambassador/engines/engine.ts';
import { Scene } from './scene.ts';

test('a backend that fails is not tried again by the same client, and told of', () => {
  const scene = new Scene({ balance: 'round-robin' }, 3);
  scene.come('a');
  scene.fail('a', 'refused');
  scene.fail('a', 'unreachable');
  scene.connect('a');
  assert.deepEqual(scene.tries, ['a>0', 'a>1', 'a>2']);
  assert.deepEqual(scene.told, [
    [scene.slots[0], 'refused'],
    [scene.slots[1], 'unreachable'],
  ]);
  assert.equal(scene.counted('retries'), 2);
  assert.equal(scene.backend(0, 'refused'), 1);
  assert.equal(scene.backend(1, 'unreachable'), 1);
  assert.equal(scene.backend(2, 'connections'), 1);
  assert.equal(scene.backend(2, 'active'), 1);
});

test('once all have failed, a client that nobody holds is refused', () => {
  const scene = new Scene({ hold: 0 });
  scene.come('a');
  scene.fail('a');
  scene.fail('a');
  assert.deepEqual(scene.refused, [['a', 'noBackend']]);
  assert.equal(scene.counted('noBackend'), 1);
  assert.equal(scene.counted('accepted'), 1);
  assert.equal(scene.counted('clients'), 0);
  assert.equal(scene.dispatcher.pending, false);
});

test('a backend that takes too long is given up for the next one', () => {
  const scene = new Scene({ connectTimeout: 300, balance: 'round-robin' });
  scene.come('a');
  scene.pass(299);
  assert.deepEqual(scene.tries, ['a>0']);
  scene.pass(1);
  assert.deepEqual(scene.tries, ['a>0', 'a>1']);
  assert.equal(scene.backend(0, 'timedOut'), 1);
  scene.pass(299);
  scene.connect('a');
  assert.deepEqual(scene.refused, []);
  // the time of the first try is not that of the second
  assert.ok(Math.abs(scene.backend(1, 'connectSeconds') - 0.299) < 1e-9);
  assert.equal(scene.backend(1, 'connect5'), 1);
});

test('backends that cannot be used are not tried', () => {
  const scene = new Scene({ balance: 'round-robin' }, 3);
  scene.dispatcher.setBackends(scene.all(scene.slots[0] as number, scene.slots[1] as number));
  scene.come('a');
  scene.come('b');
  assert.deepEqual(scene.tries, ['a>2', 'b>2']);
  scene.dispatcher.setBackends(scene.all());
  scene.come('c');
  assert.notEqual(scene.tries.at(-1), 'c>2');
});

test('a backend that leaves the set and comes back still has its connections', () => {
  const scene = new Scene({ balance: 'least' });
  const [first, second] = scene.all() as [EngineBackend, EngineBackend];
  scene.dispatcher.setBackends([first]);
  for (const client of ['a', 'b', 'c']) {
    scene.come(client);
    scene.connect(client);
  }
  scene.dispatcher.setBackends([second]);
  scene.dispatcher.setBackends([first, second]);
  for (const client of ['d', 'e', 'f']) scene.come(client);
  assert.deepEqual(scene.tries, ['a>0', 'b>0', 'c>0', 'd>1', 'e>1', 'f>1']);
});

test('a slot that another endpoint got is another backend', () => {
  const scene = new Scene({ backendMax: 1 }, 1);
  scene.come('a');
  scene.connect('a');
  scene.come('b');
  assert.equal(scene.counted('waiting'), 1);
  const [one] = scene.all();
  scene.dispatcher.setBackends([{ ...one, endpoint: { ...one?.endpoint, port: 9999 } } as never]);
  assert.deepEqual(scene.tries, ['a>0', 'b>0']);
  scene.end('a');
  scene.come('c');
  assert.equal(scene.counted('waiting'), 1);
});

test('a client that leaves while it is dialed has its connect given up', () => {
  const scene = new Scene();
  scene.come('a');
  scene.dispatcher.left(scene.of('a'));
  assert.equal(scene.dialing.size, 0);
  assert.equal(scene.counted('left'), 1);
  assert.equal(scene.counted('clients'), 0);
  assert.equal(scene.dispatcher.pending, false);
});

test('how a connection ended is counted, and makes its place free', () => {
  const scene = new Scene({}, 1);
  for (const [index, how] of (['closed', 'resetByClient', 'resetByBackend', 'idled', 'expired'] as const).entries()) {
    scene.come(how);
    scene.connect(how);
    const backend = scene.joined.get(how);
    assert.ok(backend !== undefined);
    assert.equal(backend.load, 1);
    scene.dispatcher.ended(backend, how);
    assert.equal(backend.load, 0);
    assert.equal(scene.backend(0, 'active'), 0);
    assert.equal(scene.backend(0, 'connections'), index + 1);
    if (how !== 'closed') assert.equal(scene.backend(0, how), 1);
  }
  assert.equal(scene.counted('clients'), 0);
});
