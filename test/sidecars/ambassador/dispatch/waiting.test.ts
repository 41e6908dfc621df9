import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scene } from './scene.ts';

test('queue: beyond max clients wait, and go on in the order in which they came', () => {
  const scene = new Scene({ max: 2 });
  for (const client of ['a', 'b', 'c', 'd']) scene.come(client);
  assert.deepEqual([...scene.dialing.keys()], ['a', 'b']);
  assert.equal(scene.counted('waiting'), 2);
  scene.connect('a');
  scene.connect('b');
  scene.end('b');
  assert.deepEqual([...scene.dialing.keys()], ['c']);
  scene.end('a');
  assert.deepEqual([...scene.dialing.keys()], ['c', 'd']);
  assert.equal(scene.counted('waiting'), 0);
  assert.equal(scene.counted('waited'), 2);
  assert.equal(scene.counted('retries'), 0);
});

test('queue: a client that comes does not overtake one that waits', () => {
  const scene = new Scene({ max: 1 }, 1);
  scene.come('a');
  scene.come('b');
  scene.fail('a');
  assert.deepEqual(scene.refused, [['a', 'noBackend']]);
  scene.come('c');
  scene.pass(25);
  assert.deepEqual(scene.tries, ['a>0', 'b>0']);
});

test('queue: beyond backend-max another backend is taken, and then waited', () => {
  const scene = new Scene({ backendMax: 1, balance: 'source' });
  scene.come('a', 5);
  scene.come('b', 5);
  scene.come('c', 5);
  assert.equal(new Set(scene.dialing.values()).size, 2);
  assert.equal(scene.counted('waiting'), 1);
});

test('queue: a client waits no longer than queue', () => {
  const scene = new Scene({ max: 1, queue: 500 });
  scene.come('a');
  scene.connect('a');
  scene.come('b');
  scene.pass(499);
  assert.deepEqual(scene.refused, []);
  scene.pass(1);
  assert.deepEqual(scene.refused, [['b', 'queueTimeout']]);
  assert.equal(scene.counted('waiting'), 0);
  assert.equal(scene.counted('clients'), 1);
});

test('queue: no more than queue-length may wait', () => {
  const scene = new Scene({ max: 1, queueLength: 1 });
  for (const client of ['a', 'b', 'c']) scene.come(client);
  assert.deepEqual(scene.refused, [['c', 'queueFull']]);
  assert.equal(scene.counted('waiting'), 1);
});

test('queue: one that leaves makes room for another, and no place', () => {
  const scene = new Scene({ max: 1, queueLength: 1 });
  for (const client of ['a', 'b']) scene.come(client);
  scene.dispatcher.left(scene.of('b'));
  assert.equal(scene.counted('waiting'), 0);
  scene.come('c');
  assert.deepEqual(scene.refused, []);
  assert.deepEqual([...scene.dialing.keys()], ['a']);
});

test('queue: a larger max lets those go on who wait', () => {
  const scene = new Scene({ max: 1 });
  for (const client of ['a', 'b', 'c']) scene.come(client);
  scene.dispatcher.update(scene.route({ max: 3 }));
  assert.deepEqual([...scene.dialing.keys()], ['a', 'b', 'c']);
});

test('queue: those who wait go on once each where connections are made at once', () => {
  const scene = new Scene({ max: 1 });
  for (const client of ['a', 'b', 'c', 'd']) scene.come(client);
  scene.atOnce = (client) => scene.connect(client);
  scene.dispatcher.update(scene.route({ max: 10 }));
  assert.deepEqual(scene.tries, ['a>0', 'b>1', 'c>0', 'd>1']);
});

test('hold: a client waits until a backend can be used', () => {
  const scene = new Scene({ hold: 10_000 });
  scene.dispatcher.setBackends([]);
  scene.come('a');
  scene.come('b');
  assert.equal(scene.counted('waiting'), 2);
  scene.pass(5000);
  scene.dispatcher.setBackends(scene.all());
  assert.deepEqual([...scene.dialing.keys()], ['a', 'b']);
});

test('hold: a client waits no longer than hold, counted from when it came', () => {
  const scene = new Scene({ hold: 1000, connectTimeout: 400 }, 1);
  scene.come('a');
  scene.pass(400);
  assert.equal(scene.counted('waiting'), 1);
  scene.dispatcher.setBackends(scene.all(...scene.slots));
  scene.pass(599);
  assert.deepEqual(scene.refused, []);
  scene.pass(1);
  assert.deepEqual(scene.refused, [['a', 'noBackend']]);
});

test('hold: of those who wait one alone tries again, and the others follow it', () => {
  const scene = new Scene({ hold: 10_000 }, 1);
  for (const client of ['a', 'b', 'c']) {
    scene.come(client);
    scene.fail(client);
  }
  scene.tries.length = 0;
  for (let round = 0; round < 4; round += 1) {
    scene.pass(100);
    scene.pass(50);
    assert.equal(scene.dialing.size, 1);
    scene.fail([...scene.dialing.keys()][0] as string);
  }
  assert.equal(scene.tries.length, 4);
  scene.pass(100);
  const [scout] = [...scene.dialing.keys()] as [string];
  scene.connect(scout);
  assert.equal(scene.dialing.size, 2);
  assert.equal(scene.counted('waiting'), 0);
});

test('hold: a scout that leaves is followed by another', () => {
  const scene = new Scene({ hold: 10_000 }, 1);
  for (const client of ['a', 'b']) {
    scene.come(client);
    scene.fail(client);
  }
  scene.pass(100);
  const [scout] = [...scene.dialing.keys()] as [string];
  scene.dispatcher.left(scene.of(scout));
  scene.pass(100);
  assert.equal(scene.dialing.size, 1);
  assert.notEqual([...scene.dialing.keys()][0], scout);
});

test('backends that nobody told of yet are waited for even without hold', () => {
  const scene = new Scene({ hold: 0, connectTimeout: 3000 }, 1, false);
  scene.come('early');
  scene.pass(2999);
  assert.equal(scene.counted('waiting'), 1);
  scene.dispatcher.setBackends(scene.all());
  assert.deepEqual(scene.tries, ['early>0']);
});

test('starved: the client tries again, the backend is not blamed, and no try of another is counted', () => {
  const scene = new Scene({}, 1);
  let lacking = 3;
  scene.atOnce = (client, attempt) => {
    if (lacking-- <= 0) return;
    scene.dialing.delete(client);
    scene.dispatcher.starved(attempt);
  };
  scene.come('a');
  assert.equal(scene.counted('waiting'), 1);
  scene.pass(25);
  scene.pass(25);
  scene.pass(25);
  assert.deepEqual([...scene.dialing.keys()], ['a']);
  assert.equal(scene.counted('retries'), 0);
  assert.deepEqual(scene.told, []);
  scene.connect('a');
  assert.equal(scene.joined.get('a')?.load, 1);
});

test('starved: a client waits no longer than queue, however often it tried', () => {
  const scene = new Scene({ queue: 500 }, 1);
  scene.atOnce = (client, attempt) => {
    scene.dialing.delete(client);
    scene.dispatcher.starved(attempt);
  };
  scene.come('a');
  for (let passed = 25; passed < 500; passed += 25) scene.pass(25);
  assert.deepEqual(scene.refused, []);
  scene.pass(25);
  assert.deepEqual(scene.refused, [['a', 'noDescriptor']]);
});

test('starved: of many who wait one alone tries in each turn', () => {
  const scene = new Scene({}, 1);
  scene.atOnce = (client, attempt) => {
    scene.dialing.delete(client);
    scene.dispatcher.starved(attempt);
  };
  for (let index = 0; index < 20; index += 1) scene.come(`client ${index}`);
  scene.tries.length = 0;
  scene.pass(25);
  assert.equal(scene.tries.length, 1);
});
