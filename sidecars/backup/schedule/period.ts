/** How often something is done that is not done at each run. */
export type Every = 'always' | 'daily' | 'weekly' | 'monthly';

/** The day, the ISO week or the month of a moment in a time zone, as a text that is the same for all moments of it. */
export function periodOf(every: Exclude<Every, 'always'>, moment: Date, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(moment.getTime()).toZonedDateTimeISO(timeZone);
  if (every === 'daily') return at.toPlainDate().toString();
  if (every === 'monthly') return at.toPlainDate().toPlainYearMonth().toString();
  return `${at.yearOfWeek}-${at.weekOfYear}`;
}
