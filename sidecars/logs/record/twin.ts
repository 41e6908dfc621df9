import type { Encode, Lines } from './encoded.ts';
import { backslash, hex, kind, kindOf, letterOf, sequenceLength } from './escape.ts';
import { type Joiner, lineClass } from './multiline/joiner.ts';

const lf = 0x0a;
const carriageReturn = 0x0d;
const letterN = 0x6e;

/** Where {@link escapeLine} stopped in the output, and the ill-formed sequences that it repaired. */
const escaped = { out: 0, repaired: 0 };

/** Encodes in plain TypeScript what WebAssembly encodes where there is SIMD (wasm/assembly/lines.ts): byte for byte the same. */
export const encodePlainly: Encode = (lines, { output, at, end }, { prefix, suffix, stamp }, joiner, result) => {
  const { chunk, from, to, final, maxLine } = lines;
  // the longest that one step writes: an escaped control character, then the end of the record
  const limit = end - suffix.length - 6;
  const tail = final === 'line' ? to : chunk.subarray(from, to).lastIndexOf(lf) + from + 1;
  let p = from;
  let o = at;
  result.stop = 'end';
  result.records = 0;
  result.repaired = 0;
  escaped.repaired = 0;

  while (p < tail) {
    if (o + prefix.length > limit) {
      result.stop = 'room';
      break;
    }
    output.set(prefix, o);
    let ended = escapeLine(chunk, p, to, output, o + prefix.length, limit);
    if (ended < 0 || ended - p > maxLine) {
      result.stop = ended < 0 && lineEnd(chunk, p, to) - p <= maxLine ? 'room' : 'long';
      break;
    }
    let written = escaped.out;
    // the CR of a CRLF was written as two characters
    let text = textEnd(chunk, p, ended, to);
    if (text < ended) written -= 2;
    let next = ended + 1;

    if (joiner !== undefined) {
      joiner.begin?.(chunk, p, text);
      while (follows(lines, joiner, p, next, tail)) {
        if (next >= tail) {
          result.stop = 'held';
          break;
        }
        ended = lineEnd(chunk, next, to);
        text = textEnd(chunk, next, ended, to);
        if (ended - p > maxLine || !joins(chunk, next, text, joiner)) break;
        output[written] = backslash;
        output[written + 1] = letterN;
        ended = escapeLine(chunk, next, to, output, written + 2, limit);
        if (ended < 0) {
          result.stop = 'room';
          break;
        }
        written = escaped.out;
        if (text < ended) written -= 2;
        next = ended + 1;
      }
      if (result.stop !== 'end') break;
    }
    output.set(suffix, written);
    o = written + suffix.length;
    result.records += 1;
    result.repaired = escaped.repaired;
    if (stamp !== undefined) countOn(prefix, stamp);
    p = Math.min(next, to);
  }
  if (result.stop === 'end' && p < to) result.stop = to - p > maxLine ? 'long' : 'more';
  result.consumed = p - from;
  result.written = o - at;
};

/** Whether something at `next` may go on with the record that begins at `p`. Lines from `tail` on are not whole. */
function follows({ chunk, to, final, maxLine }: Lines, { classes }: Joiner, p: number, next: number, tail: number): boolean {
  if (next >= to) return final === 'no';
  const byte = chunk[next] as number;
  if (byte !== lf && byte !== carriageReturn && classes[byte] === lineClass.begins) return false;
  return next < tail || (final !== 'record' && to - p <= maxLine);
}

function joins(chunk: Buffer, from: number, to: number, joiner: Joiner): boolean {
  const what = from === to ? joiner.empty : joiner.classes[chunk[from] as number];
  return what === lineClass.goesOn || (what !== lineClass.begins && joiner.goesOn(chunk, from, to));
}

/** The next LF, or `to`. */
function lineEnd(chunk: Buffer, from: number, to: number): number {
  const found = chunk.indexOf(lf, from);
  return found < 0 || found > to ? to : found;
}

/** Where the text of a line that ends at `ended` ends, without the CR of a CRLF. What ends at `to` has no line end. */
function textEnd(chunk: Buffer, from: number, ended: number, to: number): number {
  return ended < to && ended > from && chunk[ended - 1] === carriageReturn ? ended - 1 : ended;
}

/** Counts on the decimal number whose last digit is at `last`. */
function countOn(prefix: Uint8Array, last: number): void {
  while (prefix[last] === 0x39) prefix[last--] = 0x30;
  prefix[last] = (prefix[last] as number) + 1;
}

/** Writes the bytes up to the next LF, or to `to`, at `o`. @returns the place of the LF or `to`, or -1 where the output would go beyond `limit`. */
function escapeLine(input: Uint8Array, from: number, to: number, output: Uint8Array, at: number, limit: number): number {
  let i = from;
  let o = at;
  while (o <= limit) {
    if (i >= to) break;
    const byte = input[i] as number;
    const what = kindOf[byte];
    if (what === kind.clean) {
      output[o++] = byte;
      i += 1;
    } else if (what === kind.high) {
      const length = sequenceLength(input, i, to);
      if (length > 0) {
        for (let n = 0; n < length; n += 1) output[o++] = input[i++] as number;
      } else {
        output[o++] = 0xef;
        output[o++] = 0xbf;
        output[o++] = 0xbd;
        i -= length;
        escaped.repaired += 1;
      }
    } else if (what === kind.short) {
      output[o++] = backslash;
      output[o++] = letterOf[byte] as number;
      i += 1;
    } else if (what === kind.control) {
      output[o++] = backslash;
      output[o++] = 0x75;
      output[o++] = 0x30;
      output[o++] = 0x30;
      output[o++] = hex[byte >> 4] as number;
      output[o++] = hex[byte & 15] as number;
      i += 1;
    } else break;
  }
  escaped.out = o;
  return o <= limit ? i : -1;
}
