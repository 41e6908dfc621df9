// Slots of the ledger: how long a backend has its own, and what becomes of what it counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#harness/until.ts';
import { Ledger } from '../../../../sidecars/ambassador/dispatch/ledger.ts';
import { turn, UpstreamScene } from './upstreams.ts';

const gone = (scene: UpstreamScene) => scene.past.backendsOf('6379').get('10.0.0.1:1')?.connections;

test('a slot is given back when nobody can write to it any more, and its numbers are kept', async (t) => {
  const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1?connect-timeout=10s');
  await turn();
  const slot = scene.slot();
  scene.count(slot, 'connections', 7);
  scene.count(slot, 'active', 1);
  scene.upstream.failed(slot, 'refused', 3);
  scene.update('10.0.0.2:1?connect-timeout=10s');
  await turn();
  scene.ahead = 3_600_000;
  scene.update('10.0.0.2:1,10.0.0.3:1?connect-timeout=10s');
  await turn();
  assert.notEqual(scene.slot(1), slot, 'it has a connection');
  scene.count(slot, 'active', -1);
  await until('the slot is given back', () => gone(scene) === 7);
  assert.equal(scene.past.backendsOf('6379').get('10.0.0.1:1')?.ejections, 1);
  assert.equal(scene.upstream.backends.length, 2);
  assert.equal(scene.ledger.take(), slot);
  scene.update('10.0.0.1:1?connect-timeout=10s');
  await turn();
  assert.equal(scene.upstream.backends[0]?.before?.connections, 7, 'it goes on from there');
  assert.equal(gone(scene), undefined);
});

test('a slot is kept as long as a connect may take', async (t) => {
  const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.9:1?connect-timeout=10s');
  await turn();
  scene.count(scene.slot(), 'connections', 1);
  scene.update('10.0.0.9:1?connect-timeout=10s');
  await turn();
  scene.ahead = 9_000;
  const leaving = () => scene.upstream.backends.filter((backend) => backend.leaving).length;
  // the slots of another upstream of the same clock are given back after two looks, so this one was looked at, too
  const other = new UpstreamScene(t, '10.0.0.1:1,10.0.0.9:1?connect-timeout=1ms');
  await turn();
  other.count(other.slot(), 'connections', 1);
  other.update('10.0.0.9:1?connect-timeout=1ms');
  await turn();
  other.ahead = 9_000;
  await until('the slot of the other one is given back', () => gone(other) === 1);
  assert.equal(leaving(), 1);
  scene.ahead = 12_000;
  await until('the slot is given back', () => leaving() === 0);
});

test('what is closed takes its backends from the engine, and ends with its last connection', async (t) => {
  const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1?connect-timeout=1s');
  await turn();
  const slot = scene.slot();
  scene.count(slot, 'active', 1);
  let ended = false;
  const closed = scene.upstream.close().then(() => {
    ended = true;
  });
  assert.equal(scene.told, '');
  scene.ahead = 60_000;
  await until('the other slot is given back', () => scene.upstream.backends.length === 1);
  assert.equal(ended, false);
  scene.count(slot, 'active', -1);
  await until('it has ended', () => ended);
  await closed;
});

test('a full ledger: those that have a slot are used', async (t) => {
  const ledger = new Ledger();
  for (let free = Ledger.slots; free > 1; free -= 1) ledger.take();
  const scene = new UpstreamScene(t, '10.0.0.1:1,10.0.0.2:1', ledger);
  await turn();
  assert.equal(scene.told, '10.0.0.1:1');
  ledger.release(Ledger.slots - 2);
  scene.update('10.0.0.1:1,10.0.0.2:1?idle=1m');
  await turn();
  assert.equal(scene.told, '10.0.0.1:1 10.0.0.2:1');
});
