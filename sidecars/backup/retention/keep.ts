import { duration, Invalid, integer, type Kind } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';

/** The rules that count backups, from the finest to the coarsest. */
export const counted = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** A rule that counts: the newest backup of so many hours, days, weeks, months or years that have one; or just so many. */
export type CountedRule = (typeof counted)[number];

/** What is to be kept; a rule that is 0 keeps nothing. What one of them keeps is kept. */
export type Keep = Readonly<Record<CountedRule, number>> & {
  /** All that is no older than this before the newest, in milliseconds. */
  readonly within: number;
};

const count = integer({ min: 0, max: 100_000 });
const span = duration({ min: 0 });

/** `last=3,daily=7,weekly=4,monthly=12,yearly=3`, in any order, with `hourly=24` and `within=30d` too; one at least has to keep something. */
export const keep: Kind<Keep> = {
  name: 'rules',
  parse: (text) => {
    const found = new Map<string, number>();
    for (const part of text.split(/[,\n]/).map((piece) => piece.trim())) {
      if (part === '') continue;
      const [rule, value] = parseRule(part);
      if (found.has(rule)) throw new Invalid(`names ${rule} twice; keep one of them`);
      found.set(rule, value);
    }
    if (![...found.values()].some((value) => value > 0))
      throw new Invalid('keeps nothing; let one rule be above 0, such as last=1');
    return { ...nothing, ...Object.fromEntries(found) };
  },
  format: (rules) =>
    [
      ...counted.filter((rule) => rules[rule] > 0).map((rule) => `${rule}=${rules[rule]}`),
      ...(rules.within > 0 ? [`within=${span.format(rules.within)}`] : []),
    ].join(','),
  join: (texts) => texts.join(','),
};

const nothing: Keep = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, within: 0 };
const names = [...counted, 'within'] as const;

function parseRule(part: string): readonly [string, number] {
  const at = part.indexOf('=');
  const name = part.slice(0, Math.max(at, 0)).trim();
  const value = part.slice(at + 1).trim();
  if (name === '') throw new Invalid(`has ${part}, which is no rule; write daily=7`);
  const rule = names.find((candidate) => candidate === name);
  if (rule === undefined) {
    const near = nearest(name, names);
    throw new Invalid(`has an unknown rule, ${name}; ${near ? `did you mean ${near}?` : `known are ${names.join(', ')}`}`);
  }
  try {
    return [rule, rule === 'within' ? span.parse(value) : count.parse(value)];
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(`has the rule ${part}, of which the value ${error.message}`) : error;
  }
}
