import type { CronSchedule, Schedule } from './cron.ts';
import { type Period, periodAt } from './time-zone.ts';
import { firstWall, lastWall } from './wall.ts';

// What becomes of the times that a change of the clocks leaves out or shows twice, by the field of the hour:
//
//   3,15       left out: once, as soon as the clocks were changed        shown twice: the first time
//   */6        left out: the same                                        shown twice: both times
//   *          left out: not, as nothing is further apart than ever      shown twice: both times
//
// So what has its hours is done exactly once for each of them, and what runs through the day is never further apart than on other days.

/** The first time of a schedule that is later than an instant, both in milliseconds since 1970. */
export function nextAfter(schedule: Schedule, instant: number, timeZone: string): number {
  if (schedule.type === 'every') return (Math.floor(instant / schedule.every) + 1) * schedule.every;
  for (let from = (Math.floor(instant / 1000) + 1) * 1000; ; ) {
    const period = periodAt(timeZone, from);
    const { start, end, offset } = period;
    if (from <= start && makesUp(schedule, period)) return start;
    const found = firstWall(schedule, Math.max(from + offset, firstNew(schedule, period)), end + offset);
    if (found !== undefined) return found - offset;
    if (end === Number.POSITIVE_INFINITY) throw new Error(`${schedule.text} never happens`);
    from = end;
  }
}

/** The last time of a schedule that is earlier than an instant. */
export function lastBefore(schedule: Schedule, instant: number, timeZone: string): number {
  if (schedule.type === 'every') return (Math.ceil(instant / schedule.every) - 1) * schedule.every;
  for (let end = instant; ; ) {
    const period = periodAt(timeZone, end - 1);
    const { start, offset } = period;
    const found = lastWall(schedule, firstNew(schedule, period), end + offset);
    if (found !== undefined) return found - offset;
    if (makesUp(schedule, period)) return start;
    if (start === Number.NEGATIVE_INFINITY) throw new Error(`${schedule.text} never happened`);
    end = start;
  }
}

/** Whether the change of the clocks that a period begins with left out a time that is made up for right after it. */
function makesUp(schedule: CronSchedule, { start, offset, before }: Period): boolean {
  if (offset <= before) return false;
  const goesOn = schedule.hour.values.length === 24 && (offset - before) % 3_600_000 === 0;
  return !goesOn && firstWall(schedule, start + before, start + offset) !== undefined;
}

/** The first time on the wall that counts in a period: what the clocks showed before is told once where the hours are fixed. */
function firstNew(schedule: CronSchedule, { start, offset, before }: Period): number {
  const { star, stepped, values } = schedule.hour;
  const twice = star || stepped || values.length === 24;
  return start + (twice ? offset : Math.max(offset, before));
}
