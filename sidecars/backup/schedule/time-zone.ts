import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';

/** The name of a time zone: one of the IANA database, which Node brings along, or a fixed distance such as `+02:00`. */
export const timeZone: Kind<string> = {
  name: 'time zone',
  parse: (text) => {
    // as the C library reads TZ
    const name = text.replace(/^:/, '');
    try {
      return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
    } catch {
      throw new Invalid(adviceFor(name));
    }
  },
  format: String,
};

/** The zone of this machine: what TZ says, else what /etc/localtime is; UTC where neither says anything, as in an image without files. */
export function ownTimeZone(): string {
  const name = Temporal.Now.timeZoneId();
  try {
    return timeZone.parse(name);
  } catch {
    // an empty TZ makes it Etc/Unknown, which is no zone
    return 'UTC';
  }
}

function adviceFor(name: string): string {
  if (/^<?[A-Za-z+-]+\d*>?[-+]?\d/.test(name)) return 'is a rule and no name of a time zone; write a name such as Europe/Berlin';
  const near = nearest(name, Intl.supportedValuesOf('timeZone'));
  return near === undefined
    ? 'is no time zone; write a name such as Europe/Berlin, or UTC'
    : `is no time zone; did you mean ${near}?`;
}

/** A time in which the clocks of a zone are not changed: how far they are ahead of UTC, and were before, all in milliseconds. */
export interface Period {
  /** When it began; -Infinity where it always was so. */
  readonly start: number;
  /** When the clocks are changed next; Infinity where that is not known. */
  readonly end: number;
  readonly offset: number;
  /** The offset until `start`. */
  readonly before: number;
}

/** The period that an instant is in. */
export function periodAt(zone: string, instant: number): Period {
  const at = zoned(zone, instant);
  // the transition that is asked for lies before the time that is given, and so not at it
  const previous = zoned(zone, instant + 1).getTimeZoneTransition('previous');
  const start = previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
  const offset = offsetOf(at);
  return {
    start,
    end: at.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset,
    before: previous === null ? offset : offsetOf(zoned(zone, start - 1)),
  };
}

function zoned(zone: string, instant: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
}

function offsetOf(at: Temporal.ZonedDateTime): number {
  return at.offsetNanoseconds / 1e6;
}
