import { type Escaped, escapeInto, worstGrowth } from './escape.ts';
import type { Envelope, Format } from './format.ts';

const escaped: Escaped = { written: 0, repaired: 0, fits: true };

/** Writes one record whose message is the inside of a JSON string between both parts of an envelope, as {@link Format.write} does. */
export function writeEnveloped(
  { prefix, suffix }: Envelope,
  message: Uint8Array,
  output: Buffer,
  at: number,
  count: { repaired: number },
): ReturnType<Format['write']> {
  const need = prefix.length + suffix.length + worstGrowth * message.length + worstGrowth;
  const from = at + prefix.length;
  if (from > output.length) return -need;
  output.set(prefix, at);
  escapeInto(message, 0, message.length, output, from, escaped);
  const end = from + escaped.written;
  if (!escaped.fits || end + suffix.length > output.length) return -need;
  output.set(suffix, end);
  count.repaired += escaped.repaired;
  return end + suffix.length - at;
}
