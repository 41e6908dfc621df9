import { duration } from '#shared/config/kinds.ts';
import { type Candidate, faults } from './good.ts';
import { type CountedRule, counted, type Keep } from './keep.ts';

/** What is to become of one backup, and why. */
export interface Decision {
  readonly id: string;
  readonly keep: boolean;
  /** Each rule that keeps it; where none does, why it does not count or that nothing keeps it. */
  readonly reasons: readonly string[];
}

/** What is to become of all backups. */
export interface PrunePlan {
  /** The newest first. To remove them in this order never leaves a differential backup without its full one. */
  readonly decisions: readonly Decision[];
  /** Why nothing is removed, where the rules were not even asked: what is wrong, and what to do next. */
  readonly refusal: string | undefined;
}

/** So far ahead of the clock a backup may seem to be begun, in ms. */
const believable = 60_000;

/**
 * Decides grandfather, father, son: of each period the newest good backup stays, for as many periods as a rule says.
 *
 * Whatever the rules say, these stay: the newest good backup and the newest verified one, whatever is newer than the newest good one, what is
 * locked, and every full backup that a differential one which stays needs. Nothing is removed while the newest backup lies in the future:
 * then a clock is wrong, and ages mean nothing.
 * @param timeZone whose days and years are meant.
 */
export function plan(backups: readonly Candidate[], keep: Keep, now: number, timeZone: string): PrunePlan {
  const newestFirst = backups.toSorted((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1));
  const refusal = clockRefusal(newestFirst[0], now);
  if (refusal !== undefined)
    return { decisions: newestFirst.map(({ id }) => ({ id, keep: true, reasons: ['the clock is wrong'] })), refusal };

  const bad = faults(newestFirst);
  const good = newestFirst.filter(({ id }) => !bad.has(id));
  const reasons = new Map<string, string[]>(newestFirst.map(({ id }) => [id, []]));
  const stay = (id: string, reason: string) => reasons.get(id)?.push(reason);

  for (const rule of counted) for (const { id, reason } of keptBy(rule, keep[rule], good, timeZone)) stay(id, reason);
  for (const { id } of within(keep.within, good)) stay(id, `within ${duration().format(keep.within)}`);
  if (good[0] !== undefined) stay(good[0].id, 'newest good one');
  const verified = good.find((backup) => backup.verified !== null);
  if (verified !== undefined) stay(verified.id, 'newest verified one');
  for (const { id } of newestFirst.slice(0, good[0] && newestFirst.indexOf(good[0])))
    stay(id, `no good one since; ${bad.get(id)}`);
  for (const { id, locked } of newestFirst) if (locked) stay(id, 'locked');
  const staying = newestFirst.filter(({ id }) => reasons.get(id)?.length);
  for (const [parent, [first, ...others]] of needs(staying))
    stay(parent, `needed by ${first?.id}${others.length > 0 ? ` and ${others.length} more` : ''}`);

  const decisions = newestFirst.map(({ id }) => {
    const why = reasons.get(id) ?? [];
    return why.length > 0 ? { id, keep: true, reasons: why } : { id, keep: false, reasons: [bad.get(id) ?? 'no rule keeps it'] };
  });
  return { decisions, refusal: undefined };
}

/** The differential backups among some, by the full one that they need. */
function needs(backups: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> {
  return Map.groupBy(
    backups.filter(({ kind, parent }) => kind === 'differential' && parent !== null),
    ({ parent }) => parent ?? '',
  );
}

function timeOf({ started }: Candidate): number {
  return Date.parse(started);
}

function clockRefusal(newest: Candidate | undefined, now: number): string | undefined {
  if (newest === undefined || timeOf(newest) <= now + believable) return undefined;
  return (
    `the newest backup ${newest.id} was begun at ${newest.started}, and this clock shows ${new Date(now).toISOString()}: nothing is removed. ` +
    'Set the clock right; if that backup was made under a wrong one, remove its files by hand'
  );
}

/** Those that a rule keeps; where it may keep more periods than there are, the oldest too, so that the past reaches as far back as it can. */
function keptBy(
  rule: CountedRule,
  limit: number,
  good: readonly Candidate[],
  timeZone: string,
): { id: string; reason: string }[] {
  const kept: { id: string; reason: string }[] = [];
  let previous: string | undefined;
  for (const backup of good) {
    if (kept.length === limit) break;
    const period = rule === 'last' ? backup.id : periodOf(rule, timeOf(backup), timeZone);
    const reason = `${rule} ${kept.length + 1} of ${limit}`;
    if (period !== previous) kept.push({ id: backup.id, reason });
    else if (backup === good.at(-1)) kept.push({ id: backup.id, reason: `${reason}, the oldest` });
    previous = period;
  }
  return kept;
}

/** The name of the hour, day, week (ISO 8601), month or year that an instant is in. */
function periodOf(rule: Exclude<CountedRule, 'last'>, instant: number, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(timeZone);
  switch (rule) {
    case 'hourly':
      return `${at.toPlainDate()} ${at.hour} ${at.offset}`;
    case 'daily':
      return at.toPlainDate().toString();
    case 'weekly':
      return `${at.yearOfWeek} ${at.weekOfYear}`;
    case 'monthly':
      return `${at.year} ${at.month}`;
    case 'yearly':
      return String(at.year);
  }
}

/** Those that are at most so much older than the newest: where no more backups are made, the last ones stay. */
function within(span: number, good: readonly Candidate[]): readonly Candidate[] {
  const [newest] = good;
  if (span === 0 || newest === undefined) return [];
  return good.filter((backup) => timeOf(backup) >= timeOf(newest) - span);
}
