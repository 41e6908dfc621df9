import type { CronSchedule } from './cron.ts';

/**
 * A time that a clock on the wall shows: the milliseconds since 1970 that it would be in UTC.
 * Which instant that is, and whether there is one, two or none, is asked elsewhere.
 */
export type Wall = number;

const day = 86_400_000;
/** Whatever is possible happens within eight years: from 29 February 2096 to that of 2104. */
const horizon = 9 * 366 * day;

/** The first time from `from` on, and before `end`, that the schedule allows. */
export function firstWall(schedule: CronSchedule, from: Wall, end: Wall): Wall | undefined {
  const limit = Math.min(end, from + horizon);
  let least = Math.ceil((from - startOf(from)) / 1000);
  for (let midnight = startOf(from); midnight < limit; least = 0) {
    const date = new Date(midnight);
    if (!schedule.month.values.includes(date.getUTCMonth() + 1)) {
      midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
      continue;
    }
    const second = allowsDay(schedule, date) ? firstSecond(schedule, least) : undefined;
    if (second !== undefined) {
      const found = midnight + second * 1000;
      return found < end ? found : undefined;
    }
    midnight += day;
  }
  return undefined;
}

/** The last time before `end`, and from `from` on, that the schedule allows. */
export function lastWall(schedule: CronSchedule, from: Wall, end: Wall): Wall | undefined {
  const limit = Math.max(from, end - horizon);
  let below = Math.ceil((end - startOf(end)) / 1000);
  for (let midnight = startOf(end); midnight + day > limit; below = 86_400) {
    const date = new Date(midnight);
    if (!schedule.month.values.includes(date.getUTCMonth() + 1)) {
      midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 0);
      continue;
    }
    const second = allowsDay(schedule, date) ? lastSecond(schedule, below) : undefined;
    if (second !== undefined) {
      const found = midnight + second * 1000;
      return found >= from ? found : undefined;
    }
    midnight -= day;
  }
  return undefined;
}

function startOf(wall: Wall): Wall {
  return Math.floor(wall / day) * day;
}

/** Where both fields of days say something, either is enough; a `*` at the beginning of one of them makes it both. */
function allowsDay({ day: { values, star, last }, weekday }: CronSchedule, date: Date): boolean {
  const isLast = last && new Date(date.getTime() + day).getUTCDate() === 1;
  const byDate = isLast || values.includes(date.getUTCDate());
  const byWeekday = weekday.values.includes(date.getUTCDay());
  return star || weekday.star ? byDate && byWeekday : byDate || byWeekday;
}

/** The first second of a day, from `least` on, that the schedule allows. */
function firstSecond({ hour, minute, second }: CronSchedule, least: number): number | undefined {
  for (const h of hour.values) {
    if ((h + 1) * 3600 <= least) continue;
    for (const m of minute.values) {
      const start = h * 3600 + m * 60;
      const s = second.values.find((value) => start + value >= least);
      if (s !== undefined) return start + s;
    }
  }
  return undefined;
}

/** The last second of a day, before `below`, that the schedule allows. */
function lastSecond({ hour, minute, second }: CronSchedule, below: number): number | undefined {
  for (const h of hour.values.toReversed()) {
    if (h * 3600 >= below) continue;
    for (const m of minute.values.toReversed()) {
      const start = h * 3600 + m * 60;
      const s = second.values.findLast((value) => start + value < below);
      if (s !== undefined) return start + s;
    }
  }
  return undefined;
}
