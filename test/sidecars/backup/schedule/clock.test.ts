import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '#harness/until.ts';
import { untilDue } from '../../../../sidecars/backup/schedule/clock.ts';
import type { Due } from '../../../../sidecars/backup/schedule/due.ts';

/** A clock that somebody sets, and what is due at one time of it. */
function setting(start: number, at: number) {
  const clock = { time: start, looks: 0 };
  const watch = { now: () => clock.time, glance: 5 };
  const decide = (now: number): Due => {
    clock.looks += 1;
    return now >= at ? { run: true, slot: at, missed: false } : { run: false, slot: at, at };
  };
  return { clock, watch, decide };
}

const never = new AbortController().signal;

test('it comes back at its time, by the real clock', async () => {
  const at = Date.now() + 30;
  const decide = (now: number): Due => (now >= at ? { run: true, slot: at, missed: false } : { run: false, slot: at, at });
  assert.deepEqual(await untilDue(decide, never), { run: true, slot: at, missed: false });
  assert.ok(Date.now() >= at);
});

test('a clock that is set forward, or a machine that slept, is noticed at the next look', async () => {
  const { clock, watch, decide } = setting(0, 1e12);
  const waiting = untilDue(decide, never, watch);
  await until('it has looked a few times', () => clock.looks > 3);
  clock.time = 2e12;
  assert.deepEqual(await waiting, { run: true, slot: 1e12, missed: false });
});

test('a clock that is set back is no reason to run', async () => {
  const { clock, watch, decide } = setting(1000, 1500);
  const stopping = new AbortController();
  const waiting = untilDue(decide, stopping.signal, watch);
  clock.time = 0;
  await until('it has looked a few times', () => clock.looks > 3);
  clock.time = 1500;
  assert.equal((await waiting)?.run, true);
});

test('what is due in years is waited for too, until it is aborted', async () => {
  const stopping = new AbortController();
  let looks = 0;
  const decide = (now: number): Due => {
    looks += 1;
    return { run: false, slot: now + 1e12, at: now + 1e12 };
  };
  const waiting = untilDue(decide, stopping.signal);
  setImmediate(() => stopping.abort());
  assert.equal(await waiting, undefined);
  assert.equal(looks, 1);
  assert.equal(await untilDue(decide, stopping.signal), undefined);
});
