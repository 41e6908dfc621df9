import { Invalid } from '#shared/config/kinds.ts';

/** One of the fields of a cron schedule: how it is called, and what it may hold. */
export interface FieldRule {
  /** `minute`: for messages. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Words for the numbers from `min` on, in capitals; empty where there are only numbers. */
  readonly words: readonly string[];
  /** Whether it is about days: only there `?` means what `*` does. */
  readonly days: boolean;
  /** The unit of a duration that a step of it would be, where there is one. */
  readonly unit?: string;
}

/** What a field allows. */
export interface Field {
  /** Every number it allows, ascending; Sunday is 0. */
  readonly values: readonly number[];
  /** It begins with `*` or `?`: as Vixie cron has it, it then does not widen what the other field of days allows. */
  readonly star: boolean;
  /** It has a step, as `8-18/5` does. */
  readonly stepped: boolean;
  /** It allows the last day of a month, whichever that is: `L`. */
  readonly last: boolean;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The fields in the order in which they are written; the seconds may be left out. */
export const fieldRules = {
  second: { name: 'second', min: 0, max: 59, words: [], days: false, unit: 's' },
  minute: { name: 'minute', min: 0, max: 59, words: [], days: false, unit: 'm' },
  hour: { name: 'hour', min: 0, max: 23, words: [], days: false, unit: 'h' },
  day: { name: 'day of the month', min: 1, max: 31, words: [], days: true, unit: 'd' },
  month: { name: 'month', min: 1, max: 12, words: months, days: false },
  weekday: { name: 'day of the week', min: 0, max: 7, words: weekdays, days: true },
} satisfies Record<string, FieldRule>;

/**
 * Reads one field: a list of numbers, names, ranges and steps, `*`, and for a day `?` and `L`.
 * @throws Invalid that names the field and the part of it that is wrong.
 */
export function parseField(rule: FieldRule, text: string): Field {
  const parts = text.split(',').map((part) => parsePart(rule, part));
  const values = new Set(parts.flatMap((part) => part.values));
  // Sunday has two numbers
  if (rule === fieldRules.weekday && values.delete(7)) values.add(0);
  return {
    values: [...values].sort((a, b) => a - b),
    star: text.startsWith('*') || text.startsWith('?'),
    stepped: parts.some(({ stepped }) => stepped),
    last: parts.some(({ last }) => last),
  };
}

function parsePart(rule: FieldRule, part: string): Pick<Field, 'values' | 'stepped' | 'last'> {
  if (part === '') throw new Invalid(`has an empty part for its ${rule.name}; write a number on both sides of a comma`);
  const [span = '', step, ...more] = part.split('/');
  if (more.length > 0) throw new Invalid(`has ${part} for its ${rule.name}, with two steps; write one /`);
  if (span.toUpperCase() === 'L') return lastDay(rule, step);
  const [from, to] = parseSpan(rule, span, step !== undefined);
  const by = step === undefined ? 1 : parseStep(rule, step, to - from, part);
  const values: number[] = [];
  for (let value = from; value <= to; value += by) values.push(value);
  return { values, stepped: step !== undefined, last: false };
}

function lastDay(rule: FieldRule, step: string | undefined): Pick<Field, 'values' | 'stepped' | 'last'> {
  if (rule !== fieldRules.day) throw new Invalid(`has L for its ${rule.name}; only the day of the month has a last one`);
  if (step !== undefined) throw new Invalid('has L with a step for its day of the month; write L alone');
  return { values: [], stepped: false, last: true };
}

/** The first and the last number of a part without its step; a single number with a step goes on to the end, as `5/15` does. */
function parseSpan(rule: FieldRule, span: string, hasStep: boolean): readonly [number, number] {
  const max = rule === fieldRules.weekday ? 6 : rule.max;
  if (span === '*' || (span === '?' && rule.days)) return [rule.min, max];
  if (span === '?') throw new Invalid(`has ? for its ${rule.name}, which stands only for a day; write *`);
  const [first = '', second, ...more] = span.split('-');
  if (more.length > 0 || first === '' || second === '')
    throw new Invalid(`has ${span} for its ${rule.name}, which is no range; write ${rule.min}-${max}`);
  const from = parseNumber(rule, first);
  if (second === undefined) return [from, hasStep ? max : from];
  const end = parseNumber(rule, second);
  // a week may end with Sunday: FRI-SUN
  const to = rule === fieldRules.weekday && end === 0 && from > 0 ? 7 : end;
  if (to < from)
    throw new Invalid(
      `has the range ${span} for its ${rule.name}, which ends before it begins; write ${first}-${max},${rule.min}-${second}`,
    );
  return [from, to];
}

function parseNumber(rule: FieldRule, text: string): number {
  const { name, min, max, words } = rule;
  const word = words.indexOf(text.toUpperCase());
  if (word !== -1) return word + min;
  const allowed = `a number from ${min} to ${max}${words.length > 0 ? `, or a name such as ${words[1]}` : ''}`;
  if (!/^\d{1,4}$/.test(text)) throw new Invalid(`has ${text} for its ${name}; write ${allowed}`);
  const value = Number(text);
  if (value < min || value > max) throw new Invalid(`has ${text} for its ${name}; write ${allowed}`);
  return value;
}

function parseStep(rule: FieldRule, text: string, span: number, part: string): number {
  const step = Number(text);
  if (!/^\d{1,4}$/.test(text) || step === 0)
    throw new Invalid(`has ${part} for its ${rule.name}; a step is a whole number above 0`);
  // cron would take it for the first number alone, which nobody means who writes it
  if (step > Math.max(span, 1)) {
    const advice = rule.unit === undefined ? 'write that one' : `write that one, or @every ${step}${rule.unit}`;
    throw new Invalid(`has ${part} for its ${rule.name}, a step beyond the end: only the first would ever happen; ${advice}`);
  }
  return step;
}
