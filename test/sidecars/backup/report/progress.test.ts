import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { renderProgress } from '../../../../sidecars/backup/report/progress.ts';
import { reportProgress } from '../../../../sidecars/backup/report/progress-line.ts';
import { Rate } from '../../../../sidecars/backup/report/rate.ts';
import type { Progress } from '../../../../sidecars/backup/run/events.ts';

const MiB = 2 ** 20;
const half: Progress = { phase: 'reading', bytes: 50 * MiB, total: 100 * MiB, files: 1234 };

describe('a line of progress', () => {
  for (const [what, progress, rate, width, line] of [
    [
      'has all there is room for',
      half,
      5 * MiB,
      130,
      'reading    [###################...................]   50 %  50.0 MiB of 100 MiB  5.00 MiB/s  10 s left  1234 files',
    ],
    [
      'has a bar of what is left',
      half,
      5 * MiB,
      91,
      'reading    [#######........]   50 %  50.0 MiB of 100 MiB  5.00 MiB/s  10 s left  1234 files',
    ],
    ['goes without it', half, 5 * MiB, 72, 'reading     50 %  50.0 MiB of 100 MiB  5.00 MiB/s  10 s left  1234 files'],
    ['and without the files', half, 5 * MiB, 60, 'reading     50 %  50.0 MiB of 100 MiB  5.00 MiB/s  10 s left'],
    ['knows no rate yet', half, undefined, 50, 'reading     50 %  50.0 MiB of 100 MiB  1234 files'],
    ['knows no total', { ...half, total: undefined }, MiB, 60, 'reading    50.0 MiB  1.00 MiB/s  1234 files'],
    [
      'has more than there should be',
      { ...half, bytes: 101 * MiB },
      MiB,
      60,
      'reading    100 %  101 MiB of 101 MiB  1.00 MiB/s  1234 files',
    ],
    ['has nothing yet', { phase: 'waiting', bytes: 0, total: undefined, files: 0 }, undefined, 60, 'waiting'],
    ['has hardly any room', half, MiB, 3, ''],
  ] as const)
    test(what, () => assert.equal(renderProgress(progress, rate, width), line));

  test('is never wider than it may be', (t) => {
    const random = seeded(t);
    for (let round = 0; round < 2000; round += 1) {
      const width = random.below(140);
      const progress: Progress = {
        phase: random.pick(['waiting', 'reading', 'storing', 'verifying', 'pruning']),
        bytes: Math.floor(random.next() ** 4 * 1e13),
        total: random.below(3) === 0 ? undefined : Math.floor(random.below(4) * random.next() ** 4 * 1e13),
        files: random.below(1e7),
      };
      const line = renderProgress(progress, random.below(3) === 0 ? undefined : random.below(3) * random.next() * 1e9, width);
      assert.ok(line.length <= width && !/[\r\n]|NaN|Infinity|undefined/.test(line), `${width}: ${line}`);
    }
  });
});

test('a rate is that of the last seconds', () => {
  const rate = new Rate();
  rate.add(0, 0);
  assert.equal(rate.perSecond, undefined);
  for (let second = 1; second <= 20; second += 1) rate.add(second * 1000, second * 100);
  assert.equal(rate.perSecond, 100);
  for (let second = 21; second <= 60; second += 1) rate.add(second * 1000, 2000 + (second - 20) * 500);
  assert.equal(rate.perSecond, 500);
  rate.add(61_000, 10);
  assert.equal(rate.perSecond, undefined, 'another phase begins anew');
  rate.add(62_000, 20);
  assert.equal(rate.perSecond, 10);
});

/** Somewhere to write, and a clock that somebody sets. */
function setting(output: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const clock = { time: 0 };
  const report = reportProgress({ ...output, write: (text) => written.push(text) }, () => clock.time);
  return { written, clock, report };
}

describe('on a terminal', () => {
  test('one line takes the place of the other, and in the end there is none', () => {
    const { written, clock, report } = setting({ isTTY: true, columns: 60 });
    report.update({ phase: 'waiting', bytes: 0, total: undefined, files: 0 });
    report.update(half);
    clock.time = 99;
    report.update({ ...half, bytes: 51 * MiB });
    clock.time = 100;
    report.update({ phase: 'reading', bytes: 1, total: undefined, files: 0 });
    report.end();
    report.end();
    report.update(half);
    const shown = renderProgress(half, undefined, 59);
    assert.deepEqual(written, [
      '\rwaiting\r',
      `\r${shown}\r`,
      `\r${'reading    1 B'.padEnd(shown.length)}\r`,
      `\r${' '.repeat(14)}\r`,
    ]);
  });

  test('it leaves no trace where nothing was shown', () => {
    const { written, report } = setting({ isTTY: true });
    report.end();
    assert.deepEqual(written, []);
  });

  test('one that becomes narrower is not overrun', () => {
    const output = { isTTY: true, columns: 100, written: [] as string[], write: (text: string) => output.written.push(text) };
    const report = reportProgress(output, () => 0);
    report.update(half);
    output.columns = 20;
    report.update({ ...half, phase: 'storing' });
    report.end();
    assert.ok(
      output.written.slice(1).every((text) => text.length <= 19 + 2),
      JSON.stringify(output.written),
    );
  });
});

test('elsewhere it is a line of JSON a second, and one at once for each phase', () => {
  const { written, clock, report } = setting({});
  for (const phase of ['reading', 'storing'] as const) {
    for (let n = 0; n < 25; n += 1) {
      report.update({ ...half, phase, files: n });
      clock.time += 100;
    }
  }
  report.end();
  report.update(half);
  assert.deepEqual(
    written.map((line) => {
      assert.ok(line.endsWith('}\n'));
      const { phase, files, ...rest } = JSON.parse(line);
      assert.deepEqual(rest, { event: 'progress', bytes: 50 * MiB, total: 100 * MiB });
      return `${phase} ${files}`;
    }),
    ['reading 0', 'reading 10', 'reading 20', 'storing 0', 'storing 10', 'storing 20'],
  );
});
