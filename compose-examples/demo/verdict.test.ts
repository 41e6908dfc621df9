import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Counts, judge } from './verdict.ts';

const even: Counts = { written: 12_345, shipped: 12_345, duplicates: 0, rotations: 5, strangers: 0, missing: [] };

test('every line arrived', () => {
  assert.deepEqual(judge(even, 1), {
    ok: true,
    line: 'written 12,345 = shipped 12,345 (0 lost, 0 duplicates, 5 rotations, 1 kill -9)',
  });
});

test('one of something is said as one', () => {
  assert.match(
    judge({ ...even, duplicates: 1, rotations: 1, strangers: 1 }, 0).line,
    /1 duplicate, 1 line that nobody wrote, 1 rotation,/,
  );
});

test('duplicates are told, and no failure', () => {
  const { ok, line } = judge({ ...even, duplicates: 1200 }, 2);
  assert.ok(ok);
  assert.match(line, /0 lost, 1,200 duplicates, 5 rotations, 2 kill -9/);
});

test('a line that is missing is a failure that names it', () => {
  const missing: Counts['missing'] = [
    [7, 7],
    [100, 143],
  ];
  assert.deepEqual(judge({ ...even, shipped: 12_300, missing }, 0), {
    ok: false,
    line: 'written 12,345 ≠ shipped 12,300 (45 lost: id 7, id 100 to 143, 0 duplicates, 5 rotations, 0 kill -9)',
  });
});

test('as many lines as were written, but others, are a failure', () => {
  assert.ok(!judge({ ...even, missing: [[7, 7]], strangers: 1 }, 0).ok);
});

test('a line that nobody wrote is a failure', () => {
  const { ok, line } = judge({ ...even, strangers: 3 }, 0);
  assert.ok(!ok);
  assert.match(line, /3 lines that nobody wrote/);
});

test('nothing written proves nothing', () => {
  assert.ok(!judge({ ...even, written: 0, shipped: 0 }, 0).ok);
});
