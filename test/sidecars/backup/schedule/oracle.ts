import type { Random } from '#harness/random.ts';

/** An instant, and the minute that a wall clock shows then, as if it were one of UTC. */
export interface WallMinute {
  readonly instant: number;
  readonly wall: number;
}

/** What the wall clock of a zone shows from an instant on, minute by minute. It asks Intl, which is not what is tested. */
export function wallMinutes(zone: string, from: number, count: number): WallMinute[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  });
  return Array.from({ length: count }, (_, index) => {
    const instant = from + index * 60_000;
    const [day = 0, month = 0, year = 0, hour = 0, minute = 0] = format.format(instant).match(/\d+/g)?.map(Number) ?? [];
    return { instant, wall: Date.UTC(year, month - 1, day, hour, minute) };
  });
}

/** A schedule, and whether it allows a minute that a wall clock shows. */
export interface Drawn {
  readonly text: string;
  readonly allows: (wall: number) => boolean;
}

/** Draws a schedule. What its fields mean is known here from how they were made, and not by reading them. */
export function randomSchedule(random: Random): Drawn {
  const minute = drawField(random, 0, 59, { any: 2, step: 3, list: 6, range: 2 });
  const hour = drawField(random, 0, 23, { any: 4, step: 4, list: 8, range: 2 });
  const day = drawField(random, 1, 28, { any: 6, step: 2, list: 2, range: 1 });
  const month = drawField(random, 1, 12, { any: 8, step: 2, list: 1, range: 1 });
  const weekday = drawField(random, 0, 6, { any: 6, step: 1, list: 2, range: 2 });
  const text = [minute, hour, day, month, weekday].map((field) => field.text).join(' ');
  const allowsDay = (date: Date) => {
    const [byDate, byWeekday] = [day.allows(date.getUTCDate()), weekday.allows(date.getUTCDay())];
    return day.text.startsWith('*') || weekday.text.startsWith('*') ? byDate && byWeekday : byDate || byWeekday;
  };
  const allows = (wall: number) => {
    const date = new Date(wall);
    const inDay = minute.allows(date.getUTCMinutes()) && hour.allows(date.getUTCHours());
    return inDay && month.allows(date.getUTCMonth() + 1) && allowsDay(date);
  };
  return { text, allows };
}

interface DrawnField {
  readonly text: string;
  readonly allows: (value: number) => boolean;
}

type Form = 'any' | 'step' | 'list' | 'range';

function drawField(random: Random, min: number, max: number, weights: Readonly<Record<Form, number>>): DrawnField {
  switch (random.weighted(weights)) {
    case 'any':
      return { text: '*', allows: () => true };
    case 'step': {
      const step = 1 + random.below(max - min);
      // a day of the month goes on up to 31, whatever is drawn otherwise
      return { text: `*/${step}`, allows: (value) => (value - min) % step === 0 };
    }
    case 'range': {
      const from = min + random.below(max - min + 1);
      const to = from + random.below(max - from + 1);
      return { text: `${from}-${to}`, allows: (value) => value >= from && value <= to };
    }
    case 'list': {
      const values = Array.from({ length: 1 + random.below(3) }, () => min + random.below(max - min + 1));
      return { text: values.join(','), allows: (value) => values.includes(value) };
    }
  }
}

/**
 * When a person would act who looks at the wall clock each minute, as the daemon of Vixie does: at what it shows, and where hands were turned
 * forward over something, right then; where they were turned back, again only if it is done all day long.
 */
export function expectedTimes(minutes: readonly WallMinute[], text: string, allows: (wall: number) => boolean): number[] {
  const hour = text.split(' ')[1] ?? '';
  const everyHour = hour === '*' || hour === '*/1' || hour === '0-23';
  const allDayLong = everyHour || hour.includes('*') || hour.includes('/');
  const found: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let before: number | undefined;
  for (const { instant, wall } of minutes) {
    const shown = allows(wall) && (allDayLong || wall > latest);
    const turned = before === undefined ? 0 : wall - before - 60_000;
    let skipped = false;
    for (let left = wall - turned; left < wall && !(everyHour && turned % 3_600_000 === 0); left += 60_000)
      skipped ||= allows(left);
    // the first minute has nothing before it to tell what was skipped
    if (before !== undefined && (shown || skipped)) found.push(instant);
    before = wall;
    latest = Math.max(latest, wall);
  }
  return found;
}
