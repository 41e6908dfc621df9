import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { cron } from '../../../../sidecars/backup/schedule/cron.ts';
import { due, type Situation } from '../../../../sidecars/backup/schedule/due.ts';
import { jitter } from '../../../../sidecars/backup/schedule/jitter.ts';
import { nextAfter } from '../../../../sidecars/backup/schedule/next.ts';

const hour = 3_600_000;
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const daily: Omit<Situation, 'now'> = {
  schedule: cron.parse('15 3 * * *'),
  timeZone: 'UTC',
  since: at('20T12:00:00'),
  lastStarted: at('25T03:15:02'),
  jitter: 0,
  key: 'db1',
  catchUp: true,
};
const slot = at('26T03:15:00');

describe('a daily schedule', () => {
  for (const [what, situation, expected] of [
    ['waits for its time', { now: slot - hour }, { run: false, slot, at: slot }],
    ['at its time', { now: slot }, { run: true, slot, missed: false }],
    ['a minute late, which a look at the clock may be', { now: slot + 60_000 }, { run: true, slot, missed: false }],
    ['only once', { now: slot + 5000, lastStarted: slot + 10 }, { run: false, slot: slot + 24 * hour, at: slot + 24 * hour }],
    ['hours late, after the machine slept', { now: slot + 5 * hour }, { run: true, slot, missed: true }],
    ['days late: the last one alone', { now: slot + 48.5 * hour }, { run: true, slot: slot + 48 * hour, missed: true }],
    [
      'not late where nothing is made up for',
      { now: slot + 5 * hour, catchUp: false },
      { run: false, slot: slot + 24 * hour, at: slot + 24 * hour },
    ],
    ['in time also there', { now: slot + 60_000, catchUp: false }, { run: true, slot, missed: false }],
    [
      'nothing was missed by who was not there',
      { now: slot + 5 * hour, since: slot + hour, lastStarted: undefined },
      { run: false, slot: slot + 24 * hour, at: slot + 24 * hour },
    ],
    [
      'missed between two lives of a sidecar',
      { now: slot + 5 * hour, since: slot + 5 * hour },
      { run: true, slot, missed: true },
    ],
    ['the first time of all', { now: slot, lastStarted: undefined }, { run: true, slot, missed: false }],
    [
      'a run that a person asked for made up for it',
      { now: slot + 5 * hour, lastStarted: slot + hour },
      { run: false, slot: slot + 24 * hour, at: slot + 24 * hour },
    ],
    [
      'a clock that was set back a little does not run twice',
      { now: slot - 900, lastStarted: slot + 100 },
      { run: false, slot, at: slot },
    ],
    [
      'nor once it shows the time again',
      { now: slot + 50, lastStarted: slot + 100 },
      { run: false, slot: slot + 24 * hour, at: slot + 24 * hour },
    ],
    [
      'a start in the future was told by a wrong clock',
      { now: slot + 10, lastStarted: at('30T00:00:00') },
      { run: true, slot, missed: false },
    ],
    [
      'and so was the beginning of the sidecar',
      { now: slot + 10, since: at('30T00:00:00'), lastStarted: undefined },
      { run: true, slot, missed: false },
    ],
  ] as const)
    test(what, () => assert.deepEqual(due({ ...daily, ...situation }), expected));
});

describe('jitter', () => {
  const most = hour;

  test('puts a run off, each by its own', () => {
    const delay = jitter(most, slot, daily.key);
    assert.ok(delay > 0 && delay < most, `${delay}`);
    const spread = { ...daily, jitter: most };
    assert.deepEqual(due({ ...spread, now: slot - hour }), { run: false, slot, at: slot + delay });
    assert.deepEqual(due({ ...spread, now: slot + delay - 1 }), { run: false, slot, at: slot + delay });
    assert.deepEqual(due({ ...spread, now: slot + delay }), { run: true, slot, missed: false });
    const restarted = { ...spread, since: slot + 5 * hour };
    assert.deepEqual(due({ ...restarted, now: slot + 5 * hour }), { run: false, slot, at: slot + 5 * hour + delay });
    assert.deepEqual(due({ ...restarted, now: slot + 5 * hour + delay }), { run: true, slot, missed: true });
  });

  test('is none where none is asked for', () => assert.equal(jitter(0, slot, 'a'), 0));

  test('is spread evenly over siblings, and over the times of one', () => {
    for (const draw of [
      (n: number) => jitter(1000, slot, `host-${n}`),
      (n: number) => jitter(1000, slot + n * 24 * hour, 'host'),
    ]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let n = 0; n < 10_000; n += 1) {
        const tenth = Math.floor(draw(n) / 100);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      for (const count of tenths) assert.ok(count > 850 && count < 1150, `${tenths}`);
    }
  });
});

test('through a random life every time is run for once, but those that were overtaken while nobody looked', (t) => {
  const random = seeded(t);
  for (let round = 0; round < 100; round += 1) {
    const schedule = cron.parse(random.pick(['0 * * * *', '*/20 * * * *', '15 3 * * *', '0 */6 * * *', '@every 90m']));
    const situation = { ...daily, schedule, timeZone: random.pick(['UTC', 'Europe/Berlin']), jitter: random.pick([0, 600_000]) };
    let now = at('20T12:00:00');
    let since = now;
    let lastStarted: number | undefined;
    let lastSlot = Number.NEGATIVE_INFINITY;
    for (let step = 0; step < 60; step += 1) {
      const decision = due({ ...situation, now, since, lastStarted });
      if (decision.run) {
        assert.ok(decision.slot > lastSlot, 'no time is run for twice');
        assert.ok(nextAfter(schedule, decision.slot, situation.timeZone) > now, 'it is the last one');
        lastSlot = decision.slot;
        lastStarted = now;
        // a run takes its time, and may take longer than the distance of two
        now += random.below(2 * hour);
      } else {
        assert.ok(decision.at > now, 'it is waited for what is to come');
        now = random.below(4) === 0 ? now + random.below(30 * hour) : decision.at;
        if (random.below(5) === 0) since = now;
      }
    }
    assert.ok(lastSlot > 0);
  }
});
