import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { Invalid } from '#shared/config/kinds.ts';
import { type CronSchedule, cron, type Schedule } from '../../../../sidecars/backup/schedule/cron.ts';
import { timeZone } from '../../../../sidecars/backup/schedule/time-zone.ts';

describe('a schedule is read', () => {
  for (const [text, field, values] of [
    ['15 3 * * *', 'minute', [15]],
    ['15 3 * * *', 'second', [0]],
    ['15 3 * * *', 'weekday', range(0, 6)],
    ['30 15 3 * * *', 'second', [30]],
    ['  15   3 * *  * ', 'hour', [3]],
    ['*/20 * * * *', 'minute', [0, 20, 40]],
    ['5/20 * * * *', 'minute', [5, 25, 45]],
    ['0 8-18/5 * * *', 'hour', [8, 13, 18]],
    ['0 22-23,0-2 * * *', 'hour', [0, 1, 2, 22, 23]],
    ['0 1,1,1 * * *', 'hour', [1]],
    ['0 0 ? * *', 'day', range(1, 31)],
    ['0 0 1,15 * *', 'day', [1, 15]],
    ['0 0 1 jan,Jul-SEP *', 'month', [1, 7, 8, 9]],
    ['0 0 * * MON-fri', 'weekday', range(1, 5)],
    ['0 0 * * 7', 'weekday', [0]],
    ['0 0 * * 5-7', 'weekday', [0, 5, 6]],
    ['0 0 * * FRI-SUN', 'weekday', [0, 5, 6]],
    ['0 0 * * SUN,0,7', 'weekday', [0]],
    ['0 0 * * */2', 'weekday', [0, 2, 4, 6]],
    ['@hourly', 'hour', range(0, 23)],
    ['@daily', 'hour', [0]],
    ['@midnight', 'minute', [0]],
    ['@Weekly', 'weekday', [0]],
    ['@monthly', 'day', [1]],
    ['@yearly', 'month', [1]],
    ['@annually', 'day', [1]],
  ] as const)
    test(`${text}: the ${field}`, () => assert.deepEqual(cronOf(text)[field].values, values));

  test('an even distance', () => {
    const schedule = cron.parse('@every 1h30m');
    assert.deepEqual(schedule, { type: 'every', text: '@every 1h30m', every: 5_400_000 });
  });

  test('the last day of a month, alone or beside others', () => {
    assert.deepEqual(
      [cronOf('0 0 L * *').day.last, cronOf('0 0 1,l * *').day.last, cronOf('0 0 1 * *').day.last],
      [true, true, false],
    );
  });

  test('from what it writes', () => {
    for (const text of ['15 3 * * *', ' 0  15 3 * * MON', '@daily', '@every 6h']) {
      const schedule = cron.parse(text);
      assert.deepEqual(cron.parse(cron.format(schedule)), schedule);
    }
  });
});

describe('a schedule is refused', () => {
  for (const [text, problem] of [
    ['', /^has no fields; a schedule has five, MINUTE HOUR DAY MONTH WEEKDAY/],
    ['daily', /^has 1 field;/],
    ['0 3 * *', /^has 4 fields;/],
    ['0 0 3 * * * 2027', /^has 7 fields;/],
    ['61 3 * * *', /^has 61 for its minute; write a number from 0 to 59$/],
    ['0 24 * * *', /^has 24 for its hour; write a number from 0 to 23$/],
    ['60 0 3 * * *', /^has 60 for its second;/],
    ['0 3 0 * *', /^has 0 for its day of the month; write a number from 1 to 31$/],
    ['0 3 * 13 *', /^has 13 for its month; write a number from 1 to 12, or a name such as FEB$/],
    ['0 3 * * 8', /^has 8 for its day of the week; write a number from 0 to 7, or a name such as MON$/],
    ['0 3 * * MONDAY', /^has MONDAY for its day of the week/],
    ['0 3 * * 5#2', /^has 5#2 for its day of the week/],
    ['0 3 15W * *', /^has 15W for its day of the month/],
    ['0 3 * * 5L', /^has 5L for its day of the week/],
    ['0 3 * * L', /^has L for its day of the week; only the day of the month has a last one$/],
    ['0 3 L/2 * *', /^has L with a step/],
    ['0 -3 * * *', /^has -3 for its hour, which is no range; write 0-23$/],
    ['0 3- * * *', /^has 3- for its hour, which is no range/],
    ['0 1-2-3 * * *', /^has 1-2-3 for its hour, which is no range/],
    ['0 22-2 * * *', /^has the range 22-2 for its hour, which ends before it begins; write 22-23,0-2$/],
    ['0 3,,4 * * *', /^has an empty part for its hour/],
    ['? 3 * * *', /^has \? for its minute, which stands only for a day; write \*$/],
    ['*/0 * * * *', /^has \*\/0 for its minute; a step is a whole number above 0$/],
    ['*/x * * * *', /^has \*\/x for its minute; a step/],
    ['*/5/5 * * * *', /^has \*\/5\/5 for its minute, with two steps/],
    ['*/90 * * * *', /^has \*\/90 for its minute, a step beyond the end: .*; write that one, or @every 90m$/],
    ['0 */24 * * *', /or @every 24h$/],
    ['0 0 1 */12 *', /write that one$/],
    ['0 0 30 2 *', /^never happens: no month that it names has a day 30; write L/],
    ['0 0 31 2,4,6,9,11 *', /^never happens/],
    ['0 0 31 4 */2', /^never happens/],
    ['@dayly', /^is no schedule; did you mean @daily\?$/],
    ['@reboot', /^is no schedule; known are @hourly, .* and @every 6h$/],
    ['@every', /^is no schedule: @every takes one duration/],
    ['@every 1h 30m', /^is no schedule: @every takes one duration/],
    ['@every 6', /needs a unit/],
    ['@every 10ms', /least is 1s/],
    ['@every 1500ms', /whole seconds/],
  ] as const)
    test(JSON.stringify(text), () => assert.throws(() => cron.parse(text), { name: 'Invalid', message: problem }));

  test('for all that is wrong with it at once', () => {
    assert.throws(
      () => cron.parse('61 25 * FOO *'),
      (error) => {
        assert.ok(error instanceof Invalid);
        assert.deepEqual(
          error.parts.map((part) => part.split(';')[0]),
          ['has 61 for its minute', 'has 25 for its hour', 'has FOO for its month'],
        );
        return true;
      },
    );
  });
});

test('what may yet happen is not refused', () => {
  for (const text of ['0 0 29 2 *', '0 0 30 2 MON', '0 0 31 2,3 *', '0 0 */30 2 *', '0 0 L 2 *', '0 0 31,L 2 *'])
    cron.parse(text);
});

describe('a time zone', () => {
  for (const [text, zone] of [
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    [':Europe/Berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['+02:00', '+02:00'],
  ] as const)
    test(`reads ${text}`, () => {
      assert.equal(timeZone.parse(text), zone);
      assert.equal(timeZone.parse(timeZone.format(zone)), zone);
    });
  for (const [text, problem] of [
    ['Europe/Berln', /^is no time zone; did you mean Europe\/Berlin\?$/],
    ['Mars', /^is no time zone; /],
    ['', /^is no time zone; write a name/],
    ['CET-1CEST,M3.5.0,M10.5.0/3', /^is a rule and no name of a time zone/],
    ['Europe/Berlin\n', /^is no time zone/],
  ] as const)
    test(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => timeZone.parse(text), { name: 'Invalid', message: problem }));
});

test('the zone of the machine is always one', () => {
  const program = `
    import { ownTimeZone } from ${JSON.stringify(import.meta.resolve('../../../../sidecars/backup/schedule/time-zone.ts'))};
    process.stdout.write(ownTimeZone());`;
  for (const [TZ, zone] of [
    ['Europe/Berlin', 'Europe/Berlin'],
    ['', 'UTC'],
    ['Nonsense/Zone', 'UTC'],
  ] as const) {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], { env: { TZ }, encoding: 'utf8' });
    assert.deepEqual([child.stdout, child.stderr], [zone, '']);
  }
});

function cronOf(text: string): CronSchedule {
  const schedule: Schedule = cron.parse(text);
  assert.equal(schedule.type, 'cron');
  return schedule as CronSchedule;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
