import { type Clock, type ClockState, nanosecondsOf } from './clock.ts';
import type { Envelope, Format, LineFormat } from './format.ts';

/** An envelope in which the time of each line takes the place of the one that it was made for. */
export interface TimedEnvelope extends Envelope {
  /** Where its text stands in the prefix, in the form of RFC 3339; */
  readonly time?: { readonly from: number; readonly to: number };
  /** or what hands out the stamps, where it stood before the envelope was made, and the time of reading in nanoseconds since 1970. */
  readonly clock?: { readonly hands: Clock; readonly state: ClockState; readonly read: bigint };
}

const someTime = '2001-02-03T04:05:06.700000089Z';

/** Whether the time stands in the envelopes of a format as a stamp or in the form of RFC 3339, and nothing else in the prefix depends on the stream. */
export function hasPlaceForTime(format: Format): format is LineFormat {
  const { envelope, clock, frame } = format;
  if (envelope === undefined) return false;
  if (clock !== undefined || frame !== undefined) return clock !== undefined;
  const [one, other] = (['stdout', 'stderr'] as const).map((stream) => text(envelope('', someTime, stream).prefix));
  const at = one?.indexOf(someTime) ?? -1;
  return at >= 0 && one?.indexOf(someTime, at + 1) === -1 && one.length === other?.length && at === other.indexOf(someTime);
}

/** The envelope of a format that {@link hasPlaceForTime}, for lines that tell no time of their own. */
export function timedEnvelope({ envelope, clock }: LineFormat, file: string, time: Date, stream?: string): TimedEnvelope {
  if (clock !== undefined) {
    const hands = clock(file, stream);
    const { state } = hands;
    return { ...envelope(file, time, stream), clock: { hands, state, read: nanosecondsOf(time) } };
  }
  const told = time.toISOString();
  const made = envelope(file, told, stream);
  const from = text(made.prefix).indexOf(told);
  return { ...made, time: { from, to: from + told.length } };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
