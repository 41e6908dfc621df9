/** What is to be done with a byte. */
export const kind = { clean: 0, newline: 1, short: 2, control: 3, high: 4 } as const;

/** What is to be done with each byte of a line that becomes the inside of a JSON string (RFC 8259, section 7). */
export const kindOf = new Uint8Array(256);
/** The letter behind the backslash of a two-character escape. */
export const letterOf = new Uint8Array(256);
kindOf.fill(kind.control, 0, 0x20).fill(kind.high, 0x80);
for (const [char, letter] of Object.entries({ '\b': 'b', '\t': 't', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\' })) {
  kindOf[char.charCodeAt(0)] = kind.short;
  letterOf[char.charCodeAt(0)] = letter.charCodeAt(0);
}
kindOf[0x0a] = kind.newline;
export const hex = Buffer.from('0123456789abcdef');
export const backslash = 0x5c;

/** What {@link escapeInto} did; one object is used again and again. */
export interface Escaped {
  /** Bytes of output; where it does not fit, what is there is of no worth. */
  written: number;
  /** Ill-formed UTF-8 sequences that became U+FFFD. */
  repaired: number;
  fits: boolean;
}

/** No byte becomes more than this: a control character becomes six. */
export const worstGrowth = 6;

/** Up to so many bytes are copied faster one by one. */
const shortRun = 24;

/**
 * Writes `input[from, to)` as the inside of a JSON string (RFC 8259, section 7) into `output` from `at` on. Text that is valid UTF-8 stays as it is, ill-formed
 * sequences become U+FFFD, one for each maximal subpart (Unicode 17, section 3.9, as TextDecoder does).
 */
export function escapeInto(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number, result: Escaped): void {
  const limit = output.length - worstGrowth;
  let i = from;
  let o = at;
  result.repaired = 0;
  while (i < to && o <= limit) {
    const byte = input[i] as number;
    const what = byte === 0x0a ? kind.short : (kindOf[byte] as number);
    if (what === kind.clean) {
      let end = i + 1;
      const most = Math.min(to, i + limit + 1 - o);
      while (end < most && kindOf[input[end] as number] === kind.clean) end += 1;
      if (end - i > shortRun) {
        output.set(input.subarray(i, end), o);
        o += end - i;
        i = end;
      } else while (i < end) output[o++] = input[i++] as number;
    } else if (what === kind.high) {
      const length = sequenceLength(input, i, to);
      if (length > 0) {
        for (let n = 0; n < length; n += 1) output[o++] = input[i++] as number;
      } else {
        output[o++] = 0xef;
        output[o++] = 0xbf;
        output[o++] = 0xbd;
        i -= length;
        result.repaired += 1;
      }
    } else if (what === kind.short) {
      output[o++] = backslash;
      output[o++] = byte === 0x0a ? 0x6e : (letterOf[byte] as number);
      i += 1;
    } else {
      output.set(unicodeEscape, o);
      output[o + 4] = hex[byte >> 4] as number;
      output[o + 5] = hex[byte & 15] as number;
      o += worstGrowth;
      i += 1;
    }
  }
  result.written = o - at;
  result.fits = i >= to;
}

const unicodeEscape = Buffer.from('\\u0000');

/**
 * The length of the well-formed UTF-8 sequence that begins at `at` with a byte above 0x7f (Unicode 17, table 3-7);
 * where it is ill-formed, minus the length of its maximal subpart, which is to be replaced as one.
 */
export function sequenceLength(input: Uint8Array, at: number, to: number): number {
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
