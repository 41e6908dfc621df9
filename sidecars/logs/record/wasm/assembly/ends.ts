export const lf: u8 = 0x0a;
export const cr: u8 = 0x0d;

/** The next LF. There is one. */
export function lineEnd(p: usize): usize {
  while (true) {
    const found = <u32>i8x16.bitmask(i8x16.eq(v128.load(p), i8x16.splat(lf)));
    if (found) return p + ctz(found);
    p += 16;
  }
}

/** Where the text of a line that ends at `at` ends, without the CR of a CRLF. What ends at `to` has no line end. */
export function textEnd(from: usize, at: usize, to: usize): usize {
  return at < to && at > from && load<u8>(at - 1) === cr ? at - 1 : at;
}

/** Behind the last LF of `[from, to)`, or `from`. */
export function behindLastLineEnd(from: usize, to: usize): usize {
  while (to > from && load<u8>(to - 1) !== lf) to--;
  return to;
}
