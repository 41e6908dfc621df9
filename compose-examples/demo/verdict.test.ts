import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, judgeLines, judgeRestore, judgeTraffic, judgeVisits, type Traffic, together } from './verdict.ts';

const even: Counts = { written: 12_345, shipped: 12_345, duplicates: 0, rotations: 5, strangers: 0, missing: [] };

test('every line arrived', () => {
  assert.deepEqual(judgeLines(even, 1), {
    ok: true,
    line: 'written 12,345 = shipped 12,345 (0 lost, 0 duplicates, 5 rotations, 1 kill -9)',
  });
});

test('one of something is said as one', () => {
  assert.match(
    judgeLines({ ...even, duplicates: 1, rotations: 1, strangers: 1 }, 0).line,
    /1 duplicate, 1 line that nobody wrote, 1 rotation,/,
  );
});

test('duplicates are told, and no failure', () => {
  const { ok, line } = judgeLines({ ...even, duplicates: 1200 }, 2);
  assert.ok(ok);
  assert.match(line, /0 lost, 1,200 duplicates, 5 rotations, 2 kill -9/);
});

test('a line that is missing is a failure that names it', () => {
  const missing: Counts['missing'] = [
    [7, 7],
    [100, 143],
  ];
  assert.deepEqual(judgeLines({ ...even, shipped: 12_300, missing }, 0), {
    ok: false,
    line: 'written 12,345 ≠ shipped 12,300 (45 lost: id 7, id 100 to 143, 0 duplicates, 5 rotations, 0 kill -9)',
  });
});

test('as many lines as were written, but others, are a failure', () => {
  assert.ok(!judgeLines({ ...even, missing: [[7, 7]], strangers: 1 }, 0).ok);
});

test('a line that nobody wrote is a failure', () => {
  const { ok, line } = judgeLines({ ...even, strangers: 3 }, 0);
  assert.ok(!ok);
  assert.match(line, /3 lines that nobody wrote/);
});

test('nothing written proves nothing', () => {
  assert.ok(!judgeLines({ ...even, written: 0, shipped: 0 }, 0).ok);
});

test('no request may have failed, whoever was killed', () => {
  assert.deepEqual(judgeVisits({ answered: 5000, failed: 0, kills: 2 }), {
    ok: true,
    line: '5,000 requests answered, 0 failed (2 kill -9 of stock)',
  });
  assert.ok(!judgeVisits({ answered: 4999, failed: 1, kills: 0 }).ok);
  assert.ok(!judgeVisits({ answered: 0, failed: 0, kills: 0 }).ok, 'nothing answered proves nothing');
});

test('what is restored has to be the same, order by order', () => {
  const order = { id: 1, product: 7, time: '2026-11-27T10:00:00.000Z' };
  assert.deepEqual(judgeRestore({ orders: [order], restored: [order] }, 3), {
    ok: true,
    line: '1 order = 1 restored (4 backups)',
  });
  assert.match(judgeRestore({ orders: [order], restored: [] }, 0).line, /^1 order ≠ 0 restored \(1 backup\)$/);
  assert.ok(!judgeRestore({ orders: [order], restored: [{ ...order, product: 8 }] }, 3).ok);
  assert.ok(!judgeRestore({ orders: [], restored: [] }, 3).ok, 'no order proves nothing');
});

test('the network probe has to have seen what was carried', () => {
  const traffic: Traffic = { carried: 1000, seen: 1000, made: 5, opened: 6, retransmitted: 0, lost: 0, whole: true };
  assert.deepEqual(judgeTraffic(traffic), { ok: true, line: '1.00 kB of the stock seen ≥ 1.00 kB carried (0 B retransmitted)' });
  assert.deepEqual(judgeTraffic({ ...traffic, seen: 999 }), {
    ok: false,
    line: '999 B of the stock seen < 1.00 kB carried (0 B retransmitted)',
  });
  assert.equal(judgeTraffic({ ...traffic, carried: 0 }).ok, false, 'nothing carried proves nothing');
  assert.equal(judgeTraffic({ ...traffic, seen: 0, carried: 0, lost: 1 }).ok, false);
  assert.deepEqual(judgeTraffic({ ...traffic, seen: 999, lost: 2 }), {
    ok: true,
    line: '999 B of the stock seen < 1.00 kB carried (0 B retransmitted, 2 ends not heard of)',
  });
});

test('a probe that cannot tell bytes has to have seen connections', () => {
  const traffic: Traffic = { carried: 1000, seen: null, made: 5, opened: 6, retransmitted: null, lost: 0, whole: true };
  assert.deepEqual(judgeTraffic(traffic), { ok: true, line: '6 connections to the stock seen; /proc tells no bytes' });
  assert.ok(!judgeTraffic({ ...traffic, opened: 0 }).ok);
});

test('a probe that is not there, or was killed, is told from one that saw too little', () => {
  const absent = judgeTraffic(undefined);
  assert.match(absent.line, /^not attached/);
  assert.match(
    together({ logs: { ok: true, line: 'good' }, netprobe: absent }).line,
    /^verdict {5}all 1 did what they are for$/m,
  );
  const begunAnew = judgeTraffic({ carried: 1000, seen: 10, made: 5, opened: 1, retransmitted: 0, lost: 0, whole: false });
  assert.deepEqual(begunAnew, { ok: true, line: 'it was killed, and has seen 10 B of the stock since' });
});

test('the verdict covers all, and names those that failed', () => {
  const good = { ok: true, line: 'good' };
  assert.deepEqual(together({ logs: good, backup: good }), {
    ok: true,
    line: 'logs        good\nbackup      good\nverdict     all 2 did what they are for',
  });
  const { ok, line } = together({ logs: { ok: false, line: 'bad' }, backup: good });
  assert.ok(!ok);
  assert.match(line, /^verdict {5}logs did not do what is promised$/m);
});
