import type { Cursor } from '../follow/cursor.ts';

const lf = 0x0a;

/** A stretch of bytes that becomes records, and the cursor behind it. */
export interface Span {
  /** Index of its first byte in the chunk. */
  readonly from: number;
  /** Index behind its last byte, which is its line end unless it is a piece that does not end the line. */
  readonly to: number;
  /** Set where the span is one piece of an overlong line; without it the span is whole lines. */
  readonly piece?: { readonly lineStart: number; readonly ordinal: number; readonly last: boolean };
  readonly cursor: Cursor;
}

/**
 * Finds the next span in `chunk[from, to)`, where `cursor` is the place in the file of `chunk[from]`: as many whole lines as lie
 * within `maxLine` bytes, or one piece of a longer line. Undefined where the bytes are the beginning of a line that is still being written.
 * `final` says that nothing will follow: then what is left is a line, although no line end follows it.
 */
export function nextSpan(
  chunk: Buffer,
  from: number,
  to: number,
  cursor: Cursor,
  maxLine: number,
  final: boolean,
): Span | undefined {
  if (from >= to) return undefined;
  const behind = (index: number) => cursor.offset + index - from;
  if (cursor.piece === undefined) {
    const window = Math.min(from + maxLine, to - 1);
    const end = chunk.subarray(from, window + 1).lastIndexOf(lf) + from;
    if (end >= from) return { from, to: end + 1, cursor: { offset: behind(end + 1) } };
    if (to - from <= maxLine) return final ? { from, to, cursor: { offset: behind(to) } } : undefined;
  }
  const lineStart = cursor.piece?.lineStart ?? cursor.offset;
  const ordinal = (cursor.piece?.ordinal ?? 0) + 1;
  const found = chunk.subarray(from, Math.min(from + maxLine + 1, to)).indexOf(lf);
  if (found >= 0 || (final && to - from <= maxLine)) {
    const end = found < 0 ? to : from + found + 1;
    return { from, to: end, piece: { lineStart, ordinal, last: true }, cursor: { offset: behind(end) } };
  }
  if (to - from <= maxLine) return undefined;
  const cut = characterBoundary(chunk, from, from + maxLine);
  return {
    from,
    to: cut,
    piece: { lineStart, ordinal, last: false },
    cursor: { offset: behind(cut), piece: { lineStart, ordinal } },
  };
}

/** The index at or up to three bytes before `at` where no UTF-8 sequence is cut in two; `at` itself where the bytes are no UTF-8. */
export function characterBoundary(chunk: Uint8Array, from: number, at: number): number {
  for (let index = at; index > at - 4 && index > from; index -= 1) {
    if (((chunk[index] ?? 0) & 0xc0) !== 0x80) return index;
  }
  return at;
}
