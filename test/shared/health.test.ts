import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Health } from '#shared/health.ts';

test('ready once every part is ok or degraded', () => {
  const health = new Health();
  assert.equal(health.ready, true, 'without parts there is nothing to wait for');
  const files = health.part('files');
  const state = health.part('state');
  assert.equal(health.ready, false);
  files.ok();
  assert.equal(health.ready, false);
  state.degraded('read-only');
  assert.equal(health.ready, true);
  files.down('no folder');
  assert.equal(health.ready, false);
  assert.equal(health.live, true);
});

test('the same name gives the same part', () => {
  const health = new Health();
  health.part('files').degraded('slow');
  assert.equal(health.part('files'), health.part('files'));
  assert.equal(health.part('files').state, 'degraded');
  assert.equal(health.part('files').reason, 'slow');
});

test('stopping is not ready but live', () => {
  const health = new Health();
  health.part('files').ok();
  health.stop();
  assert.deepEqual([health.live, health.ready], [true, false]);
  assert.equal(health.report(), '[+] files ok\nnot ready: stopping\n');
});

test('a failure is neither live nor ready, and keeps its first reason', () => {
  const health = new Health();
  health.fail('the first\nreason');
  health.fail('its consequence');
  assert.deepEqual([health.live, health.ready], [false, false]);
  assert.equal(health.report(), 'not live: the first reason\n');
});

test('what could not recover by itself and has come back is live again', () => {
  const health = new Health();
  health.fail('the network is gone');
  health.recover();
  assert.deepEqual([health.live, health.ready, health.report()], [true, true, 'ready\n']);
  health.fail('gone again');
  assert.equal(health.report(), 'not live: gone again\n');
});

test('the report has one line for each part', () => {
  const health = new Health();
  health.part('files').ok();
  health.part('state').degraded('cannot be\nwritten');
  health.part('sink').down('connection refused');
  health.part('admin');
  assert.equal(
    health.report(),
    '[+] files ok\n[~] state degraded: cannot be written\n[-] sink down: connection refused\n[-] admin starting\nnot ready\n',
  );
});

test('listeners hear of changes of the state, and of the reason, once each', () => {
  const health = new Health();
  const heard: string[] = [];
  health.onChange(({ name, state, reason }) => heard.push(`${name} ${state} ${reason}`));
  const sink = health.part('sink');
  sink.ok();
  sink.ok();
  sink.down('a');
  const { since } = sink;
  sink.down('a');
  sink.down('b');
  assert.equal(sink.since, since, 'another reason is not another state');
  sink.ok();
  assert.notEqual(sink.since, since);
  assert.deepEqual(heard, ['sink ok ', 'sink down a', 'sink down b', 'sink ok ']);
});

test('as JSON it tells the same', () => {
  const health = new Health();
  health.part('files').ok();
  health.part('sink').down('refused');
  const since = (name: string) => health.part(name).since.toISOString();
  assert.deepEqual(JSON.parse(JSON.stringify(health)), {
    live: true,
    ready: false,
    summary: 'not ready',
    parts: { files: { state: 'ok', since: since('files') }, sink: { state: 'down', reason: 'refused', since: since('sink') } },
  });
});
