import type { Envelope } from './envelope.ts';

/** What an encoding run did; one object is used again and again, so that the hot path allocates nothing. */
export interface Encoded {
  /** Bytes of input that are in the output, whole lines only. */
  consumed: number;
  /** Bytes of output. */
  written: number;
  /** Records made. */
  records: number;
  /** Ill-formed UTF-8 sequences that became U+FFFD. */
  repaired: number;
}

const clean = 0;
const newline = 1;
const short = 2;
const control = 3;
const high = 4;

/** What is to be done with each byte of a line that becomes the inside of a JSON string (RFC 8259, section 7). */
const classOf = new Uint8Array(256);
/** The letter behind the backslash of a two-character escape. */
const letterOf = new Uint8Array(256);
classOf.fill(control, 0, 0x20).fill(high, 0x80);
for (const [char, letter] of Object.entries({ '\b': 'b', '\t': 't', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\' })) {
  classOf[char.charCodeAt(0)] = short;
  letterOf[char.charCodeAt(0)] = letter.charCodeAt(0);
}
classOf[0x0a] = newline;
const hex = Buffer.from('0123456789abcdef');
const backslash = 0x5c;
const carriageReturn = 0x0d;

/**
 * Encodes the lines of `input[from, to)` as records, each wrapped in the envelope, into `output` from `at` on.
 * A line ends with LF or CRLF, which are not part of it; the last one may end with `to`. Text that is valid UTF-8 stays as it is,
 * ill-formed sequences become U+FFFD, one for each maximal subpart (Unicode 17, section 3.9, as TextDecoder does).
 * Stops before the first record that does not fit: `result.consumed` tells where to go on.
 */
export function encodeLines(
  input: Uint8Array,
  from: number,
  to: number,
  output: Uint8Array,
  at: number,
  envelope: Envelope,
  result: Encoded,
): void {
  const { prefix, suffix } = envelope;
  // the longest that one step writes: an escaped control character, then the end of the record
  const limit = output.length - suffix.length - 6;
  let records = 0;
  let repaired = 0;
  let i = from;
  let o = at;
  let lineStart = from;
  let recordStart = at;

  while (i < to) {
    if (o + prefix.length > limit) break;
    output.set(prefix, o);
    o += prefix.length;
    let repairedHere = 0;
    let whole = false;
    while (o <= limit) {
      if (i >= to) {
        whole = true;
        break;
      }
      const byte = input[i] as number;
      const kind = classOf[byte];
      if (kind === clean) {
        output[o++] = byte;
        i += 1;
      } else if (kind === high) {
        const length = sequenceLength(input, i, to);
        if (length > 0) {
          for (let n = 0; n < length; n += 1) output[o++] = input[i++] as number;
        } else {
          output[o++] = 0xef;
          output[o++] = 0xbf;
          output[o++] = 0xbd;
          i -= length;
          repairedHere += 1;
        }
      } else if (kind === short) {
        output[o++] = backslash;
        output[o++] = letterOf[byte] as number;
        i += 1;
      } else if (kind === control) {
        output[o++] = backslash;
        output[o++] = 0x75;
        output[o++] = 0x30;
        output[o++] = 0x30;
        output[o++] = hex[byte >> 4] as number;
        output[o++] = hex[byte & 15] as number;
        i += 1;
      } else {
        // the CR of a CRLF was written as two characters
        if (i > lineStart && input[i - 1] === carriageReturn) o -= 2;
        i += 1;
        whole = true;
        break;
      }
    }
    if (!whole) break;
    output.set(suffix, o);
    o += suffix.length;
    records += 1;
    repaired += repairedHere;
    lineStart = i;
    recordStart = o;
  }
  result.consumed = lineStart - from;
  result.written = recordStart - at;
  result.records = records;
  result.repaired = repaired;
}

/**
 * The length of the well-formed UTF-8 sequence that begins at `at` with a byte above 0x7f (Unicode 17, table 3-7);
 * where it is ill-formed, minus the length of its maximal subpart, which is to be replaced as one.
 */
function sequenceLength(input: Uint8Array, at: number, to: number): number {
  const lead = input[at] as number;
  let least = 0x80;
  let most = 0xbf;
  let length: number;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  if (lead < 0xe0) length = 2;
  else if (lead < 0xf0) {
    length = 3;
    if (lead === 0xe0) least = 0xa0;
    else if (lead === 0xed) most = 0x9f;
  } else {
    length = 4;
    if (lead === 0xf0) least = 0x90;
    else if (lead === 0xf4) most = 0x8f;
  }
  for (let n = 1; n < length; n += 1) {
    const byte = at + n < to ? (input[at + n] as number) : 0;
    if (byte < least || byte > most) return -n;
    least = 0x80;
    most = 0xbf;
  }
  return length;
}
