import type { PartsCut } from './assembly.ts';
import { sequenceLength } from './escape.ts';
import type { Redactor } from './filter/redactor.ts';
import { decode } from './parse/text.ts';
import type { Stretch } from './recorder.ts';
import { characterBoundary, nextSpan } from './split.ts';

const lf = 0x0a;
const carriageReturn = 0x0d;
/** What is looked at behind a cut, so that what is to be redacted is not cut in two: finds up to this long never are. In bytes. */
const lookahead = 1024;

/** Where a piece of an overlong line ends. */
export interface Cut {
  readonly to: number;
  /** Whether it ends the line. */
  readonly last: boolean;
}

/** A piece of an overlong line of a file. */
export interface LinePiece extends Cut {
  /** What it says, without the line end. */
  readonly message: Buffer;
  /** The place in the file where the line begins, and the number of its pieces before this one. */
  readonly lineStart: number;
  readonly ordinal: number;
}

/** How an overlong line is cut. */
export interface LineCuts {
  readonly maxLine: number;
  /** Bytes that are given in one go. */
  readonly window: number;
  readonly redactor: Redactor | undefined;
}

/** The next piece of the overlong line that is at the beginning of a stretch, or goes on there; undefined where more of it is to be known. */
export function nextPiece({ chunk, from, to, cursor, final }: Stretch, cuts: LineCuts): LinePiece | undefined {
  const cut = nextCut(chunk, from, to, cursor, final === 'line', cuts);
  if (cut === undefined) return undefined;
  const { lineStart, ordinal } = cursor.piece ?? { lineStart: cursor.offset, ordinal: 0 };
  const end = cut.last && chunk[cut.to - 1] === lf ? cut.to - 1 : cut.to;
  const isCrLf = end < cut.to && end > from && chunk[end - 1] === carriageReturn;
  return { ...cut, message: chunk.subarray(from, isCrLf ? end - 1 : end), lineStart, ordinal };
}

function nextCut(
  chunk: Buffer,
  from: number,
  to: number,
  cursor: Stretch['cursor'],
  final: boolean,
  { maxLine, window, redactor }: LineCuts,
): Cut | undefined {
  if (redactor !== undefined) return safeCut(chunk, from, to, Math.min(maxLine, window - lookahead - 2), final, redactor);
  const span = nextSpan(chunk, from, to, cursor, maxLine, final);
  return span && { to: span.to, last: span.piece?.last ?? true };
}

/**
 * Finds where the next piece of an overlong line ends in `chunk[from, to)`, as {@link nextSpan} does, but never inside of what is to be redacted: such a find
 * belongs as a whole to one of two pieces, as long as it is no longer than {@link lookahead}. Undefined where more is to be known.
 * @param most bytes of a piece.
 */
function safeCut(chunk: Buffer, from: number, to: number, most: number, final: boolean, redactor: Redactor): Cut | undefined {
  const bound = Math.min(to, from + most + lookahead);
  const found = chunk.subarray(from, bound).indexOf(lf);
  if (found >= 0 && found <= most) return { to: from + found + 1, last: true };
  if (found < 0 && to - from < most + lookahead) {
    if (!final) return undefined;
    if (to - from <= most) return { to, last: true };
  }
  const end = found >= 0 ? from + found : bound;
  const at = characterBoundary(chunk, from, from + most);
  const head = decode(chunk.subarray(from, at)).text;
  const text = head + decode(chunk.subarray(at, end)).text;
  const hit = redactor.find(text).find((one) => one.from < head.length && head.length < one.to);
  if (hit === undefined) return { to: at, last: false };
  if (hit.from > 0) return { to: indexOf(chunk, from, end, hit.from), last: false };
  return { to: hit.to < text.length ? indexOf(chunk, from, end, hit.to) : at, last: false };
}

/** The index in the bytes where so many UTF-16 units of their text end. */
function indexOf(chunk: Buffer, from: number, end: number, units: number): number {
  let at = from;
  for (let count = 0; count < units && at < end; count += 1) {
    if ((chunk[at] as number) < 0x80) {
      at += 1;
      continue;
    }
    const length = sequenceLength(chunk, at, end);
    at += Math.abs(length);
    // of four bytes become two units
    if (length === 4) count += 1;
  }
  return at;
}

/** A message in pieces of so many bytes at the most, none of which ends inside of a character. */
export function piecesOf(message: Buffer, most: number): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  while (message.length - from > most) {
    const at = characterBoundary(message, from, from + most);
    pieces.push(message.subarray(from, at));
    from = at;
  }
  pieces.push(message.subarray(from));
  return pieces;
}

/** Cuts the parts of an overlong record where neither a character nor what is to be redacted is cut in two, and anywhere if it has to end. */
export function partsCut(redactor: Redactor | undefined): PartsCut {
  return (parts, next) => {
    const finds = redactor?.find(decode(Buffer.concat(next === undefined ? parts : [...parts, next])).text) ?? [];
    // with nothing known to follow, the last part is what is looked at behind the cut
    const most = next === undefined && redactor !== undefined && parts.length > 1 ? parts.length - 1 : parts.length;
    for (let count = most; count > 0; count -= 1) {
      const behind = (parts[count] ?? next)?.[0];
      if (behind !== undefined && (behind & 0xc0) === 0x80) continue;
      if (finds.length === 0) return count;
      const at = decode(Buffer.concat(parts.slice(0, count))).text.length;
      if (!finds.some(({ from, to }) => from < at && at < to)) return count;
    }
    return next === undefined ? most : 0;
  };
}
