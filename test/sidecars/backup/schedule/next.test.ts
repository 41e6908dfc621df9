import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { cron } from '../../../../sidecars/backup/schedule/cron.ts';
import { lastBefore, nextAfter } from '../../../../sidecars/backup/schedule/next.ts';
import { expectedTimes, randomSchedule, wallMinutes } from './oracle.ts';

/** The times that a schedule has from an instant on, as a clock on the wall shows them, with the distance from UTC. */
function times(text: string, zone: string, from: string, count: number): string[] {
  const schedule = cron.parse(text);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; ) {
    at = nextAfter(schedule, at, zone);
    found.push(Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toString({ timeZoneName: 'never' }));
  }
  return found.map((time) =>
    time
      .replace(/^....-/, '')
      .replace('T', ' ')
      .replace(/:00(?=[-+])/, ''),
  );
}

describe('the next times of a schedule', () => {
  for (const [what, text, zone, from, expected] of [
    ['of each day', '15 3 * * *', 'UTC', '2026-12-31T03:15:00Z', ['01-01 03:15+00:00', '01-02 03:15+00:00']],
    ['with seconds', '*/20 0 3 * * *', 'UTC', '2026-12-30T03:00:20.001Z', ['12-30 03:00:40+00:00', '12-31 03:00+00:00']],
    ['on the last day of months', '0 0 L * *', 'UTC', '2028-01-31T12:00:00Z', ['02-29 00:00+00:00', '03-31 00:00+00:00']],
    ['in leap years', '0 0 29 2 *', 'UTC', '2096-03-01T00:00:00Z', ['02-29 00:00+00:00', '02-29 00:00+00:00']],
    ['by the date or the weekday', '0 0 13 * FRI', 'UTC', '2026-11-06T00:00:00Z', ['11-13 00:00+00:00', '11-20 00:00+00:00']],
    [
      'by both where one begins with *',
      '0 0 */10 * MON',
      'UTC',
      '2026-11-26T00:00:00Z',
      ['12-21 00:00+00:00', '01-11 00:00+00:00'],
    ],
    ['at even distances', '@every 36h', 'UTC', '2026-11-26T10:00:00Z', ['11-27 00:00+00:00', '11-28 12:00+00:00']],

    [
      'spring: left out, right after it',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T02:00:00Z',
      ['03-29 03:00+02:00', '03-30 02:30+02:00'],
    ],
    [
      'spring: several left out, once',
      '*/10 2 * * *',
      'Europe/Berlin',
      '2026-03-28T02:00:00Z',
      ['03-29 03:00+02:00', '03-30 02:00+02:00'],
    ],
    [
      'spring: the end of the gap is its own',
      '0 2,3 * * *',
      'Europe/Berlin',
      '2026-03-28T03:00:00Z',
      ['03-29 03:00+02:00', '03-30 02:00+02:00'],
    ],
    [
      'autumn: shown twice, the first time',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      ['10-25 02:30+02:00', '10-26 02:30+01:00'],
    ],
    ['autumn: asked between the two', '30 2 * * *', 'Europe/Berlin', '2026-10-25T00:45:00Z', ['10-26 02:30+01:00']],
    ['spring: every hour', '30 * * * *', 'Europe/Berlin', '2026-03-29T00:00:00Z', ['03-29 01:30+01:00', '03-29 03:30+02:00']],
    [
      'autumn: every hour',
      '30 * * * *',
      'Europe/Berlin',
      '2026-10-25T00:00:00Z',
      ['10-25 02:30+02:00', '10-25 02:30+01:00', '10-25 03:30+01:00'],
    ],
    [
      'spring: every second hour',
      '0 */2 * * *',
      'Europe/Berlin',
      '2026-03-29T00:00:00Z',
      ['03-29 03:00+02:00', '03-29 04:00+02:00'],
    ],
    [
      'autumn: every second hour',
      '0 */2 * * *',
      'Europe/Berlin',
      '2026-10-24T23:00:00Z',
      ['10-25 02:00+02:00', '10-25 02:00+01:00', '10-25 04:00+01:00'],
    ],

    ['New York, spring', '30 2 * * *', 'America/New_York', '2026-03-08T00:00:00Z', ['03-08 03:00-04:00', '03-09 02:30-04:00']],
    ['New York, autumn', '30 1 * * *', 'America/New_York', '2026-11-01T00:00:00Z', ['11-01 01:30-04:00', '11-02 01:30-05:00']],
    ['Cairo, no midnight', '@daily', 'Africa/Cairo', '2026-04-23T12:00:00Z', ['04-24 01:00+03:00', '04-25 00:00+03:00']],
    ['Cairo, no midnight on the day of the week', '@weekly', 'Africa/Cairo', '2023-04-24T00:00:00Z', ['04-30 00:00+03:00']],
    [
      'Cairo, two nights in one',
      '30 23 * * *',
      'Africa/Cairo',
      '2026-10-29T12:00:00Z',
      ['10-29 23:30+03:00', '10-30 23:30+02:00'],
    ],
    [
      'Sao Paulo, no midnight',
      '0 0 * * SUN',
      'America/Sao_Paulo',
      '2018-11-01T00:00:00Z',
      ['11-04 01:00-02:00', '11-11 00:00-02:00'],
    ],
    [
      'Lord Howe, half an hour left out',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00:00Z',
      ['10-04 02:30+11:00', '10-05 02:15+11:00'],
    ],
    [
      'Lord Howe, every hour',
      '0 * * * *',
      'Australia/Lord_Howe',
      '2026-10-03T14:30:00Z',
      ['10-04 02:30+11:00', '10-04 03:00+11:00'],
    ],
    [
      'Lord Howe, half an hour twice',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2027-04-03T12:00:00Z',
      ['04-04 01:45+11:00', '04-05 01:45+10:30'],
    ],
    [
      'Troll, two hours left out',
      '0 1,2 * * *',
      'Antarctica/Troll',
      '2026-03-29T00:30:00Z',
      ['03-29 03:00+02:00', '03-30 01:00+02:00'],
    ],
    ['Samoa, a day left out', '0 3 30 12 *', 'Pacific/Apia', '2011-12-01T00:00:00Z', ['12-31 00:00+14:00', '12-30 03:00+14:00']],
  ] as const)
    test(`${what}: ${text}`, () => assert.deepEqual(times(text, zone, from, expected.length), expected));
});

test('it is later than the instant, and the other way earlier', () => {
  const schedule = cron.parse('15 3 * * *');
  const slot = Date.parse('2026-11-26T03:15:00Z');
  const dayMs = 86_400_000;
  for (const [instant, next, last] of [
    [slot - 1, slot, slot - dayMs],
    [slot, slot + dayMs, slot - dayMs],
    [slot + 1, slot + dayMs, slot],
  ] as const)
    assert.deepEqual([nextAfter(schedule, instant, 'UTC'), lastBefore(schedule, instant, 'UTC')], [next, last]);
  const every = cron.parse('@every 1d');
  const midnight = Date.parse('2026-11-26T00:00:00Z');
  assert.deepEqual([nextAfter(every, midnight, 'UTC'), lastBefore(every, midnight, 'UTC')], [midnight + dayMs, midnight - dayMs]);
  assert.deepEqual([nextAfter(every, midnight - 1, 'UTC'), lastBefore(every, midnight + 1, 'UTC')], [midnight, midnight]);
});

/** Weeks in which clocks were changed, in many ways, and some in which they were not. */
const weeks = [
  ['UTC', '2026-11-26'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['Australia/Lord_Howe', '2027-04-03'],
  ['Africa/Cairo', '2026-04-24'],
  ['Africa/Cairo', '2026-10-29'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2019-02-17'],
  ['Antarctica/Troll', '2026-03-29'],
  ['Antarctica/Troll', '2026-10-25'],
  ['Pacific/Apia', '2011-12-30'],
  ['Asia/Pyongyang', '2015-08-14'],
  ['Asia/Pyongyang', '2018-05-04'],
  ['America/Caracas', '2007-12-09'],
  ['Asia/Kathmandu', '2026-02-28'],
] as const;

describe('minute by minute it is what a patient person with a wall clock would do', () => {
  for (const [zone, day] of weeks)
    test(`${zone}, ${day}`, (t) => {
      const random = seeded(t);
      const minutes = wallMinutes(zone, Date.parse(`${day}T00:00:00Z`) - 2 * 86_400_000, 4 * 1440);
      for (let round = 0; round < 40; round += 1) {
        const { text, allows } = randomSchedule(random);
        const schedule = cron.parse(text);
        const expected = expectedTimes(minutes, text, allows);
        const end = minutes.at(-1)?.instant ?? 0;
        const start = minutes[0]?.instant ?? 0;
        const forwards: number[] = [];
        for (let at = nextAfter(schedule, start, zone); at <= end; at = nextAfter(schedule, at, zone)) forwards.push(at);
        assert.deepEqual(forwards.map(iso), expected.map(iso), `${text} from the front`);
        const backwards: number[] = [];
        for (let at = lastBefore(schedule, end + 1, zone); at > start; at = lastBefore(schedule, at, zone)) backwards.unshift(at);
        assert.deepEqual(backwards.map(iso), expected.map(iso), `${text} from the back`);
      }
    });
});

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
