import { duration, Invalid, type Kind } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import { type Field, fieldRules, parseField } from './cron-fields.ts';

/** Times of the wall clock: every second that all fields allow. */
export interface CronSchedule {
  readonly type: 'cron';
  /** As it was written, with single spaces. */
  readonly text: string;
  readonly second: Field;
  readonly minute: Field;
  readonly hour: Field;
  readonly day: Field;
  readonly month: Field;
  readonly weekday: Field;
}

/** Times at even distances, counted from 1970 in UTC, so that a restart does not move them. */
export interface EverySchedule {
  readonly type: 'every';
  readonly text: string;
  /** In milliseconds; whole seconds. */
  readonly every: number;
}

/** When something is to happen, before a time zone tells which wall clock is meant. */
export type Schedule = CronSchedule | EverySchedule;

/** Names for what is asked for most. */
const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

const every = duration({ min: 1000, max: 366 * 86_400_000 });

/**
 * Five fields of Vixie cron, or six with the seconds first; `@daily` and its like; `@every 6h`.
 * @see crontab(5)
 */
export const cron: Kind<Schedule> = { name: 'schedule', parse: parseSchedule, format: ({ text }) => text };

function parseSchedule(given: string): Schedule {
  const text = given.trim().split(/\s+/).join(' ');
  if (!text.startsWith('@')) return parseCron(text, text);
  if (/^@every\b/.test(text)) return parseEvery(text);
  const meaning = nicknames[text.toLowerCase()];
  if (meaning !== undefined) return parseCron(meaning, text);
  const near = nearest(text, ['@every', ...Object.keys(nicknames)]);
  throw new Invalid(
    `is no schedule; ${near ? `did you mean ${near}?` : `known are ${Object.keys(nicknames).join(', ')} and @every 6h`}`,
  );
}

function parseEvery(text: string): EverySchedule {
  const [, span = '', ...more] = text.split(' ');
  if (span === '' || more.length > 0) throw new Invalid('is no schedule: @every takes one duration, such as @every 6h');
  const milliseconds = every.parse(span);
  if (milliseconds % 1000 !== 0) throw new Invalid('is no schedule: @every takes whole seconds');
  return { type: 'every', text, every: milliseconds };
}

function parseCron(fields: string, text: string): CronSchedule {
  const words = fields.split(' ');
  if (words.length < 5 || words.length > 6) {
    const count = fields === '' ? 'no fields' : words.length === 1 ? '1 field' : `${words.length} fields`;
    throw new Invalid(
      `has ${count}; a schedule has five, MINUTE HOUR DAY MONTH WEEKDAY, such as 15 3 * * *, or six with the second first`,
    );
  }
  const [second = '0', minute = '', hour = '', day = '', month = '', weekday = ''] = words.length === 5 ? ['0', ...words] : words;
  const read = collecting();
  const schedule: CronSchedule = {
    type: 'cron',
    text,
    second: read(() => parseField(fieldRules.second, second)),
    minute: read(() => parseField(fieldRules.minute, minute)),
    hour: read(() => parseField(fieldRules.hour, hour)),
    day: read(() => parseField(fieldRules.day, day)),
    month: read(() => parseField(fieldRules.month, month)),
    weekday: read(() => parseField(fieldRules.weekday, weekday)),
  };
  read.done();
  refuseImpossible(schedule);
  return schedule;
}

/** Reads fields one by one, and only in the end throws what was wrong with all of them. */
function collecting() {
  const problems: string[] = [];
  const read = (attempt: () => Field): Field => {
    try {
      return attempt();
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      problems.push(error.message);
      return { values: [], star: false, stepped: false, last: false };
    }
  };
  read.done = () => {
    const [first, ...others] = problems;
    if (first !== undefined) throw new Invalid(others.length === 0 ? first : [first, ...others]);
  };
  return read;
}

/** The days of the longest February, April and so on. */
const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function refuseImpossible({ day, month, weekday }: CronSchedule): void {
  const [earliest = 1] = day.values;
  if (day.last || !(weekday.star || day.star) || month.values.some((number) => earliest <= (longest[number - 1] ?? 0))) return;
  throw new Invalid(
    `never happens: no month that it names has a day ${earliest}; write L for the last day of a month, or other months`,
  );
}
