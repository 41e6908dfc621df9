import { lf } from './ends';
import { result } from './places';

/** The largest prime below 2^16 (RFC 1950, section 9). */
const base: u64 = 65521;
/** Bytes after which the sums are brought below it: those of a lane would not fit into 32 bits soon. */
const run: usize = 2 ** 15;

/** Counts the LFs in `[from, to)`, and goes on with an Adler-32 (RFC 1950, section 8.2). Tells the host both. */
export function tally(from: usize, to: usize, adler: u32): void {
  const weightsOfLow = i16x8(16, 15, 14, 13, 12, 11, 10, 9);
  const weightsOfHigh = i16x8(8, 7, 6, 5, 4, 3, 2, 1);
  let lines: u32 = 0;
  let a: u64 = adler & 0xffff;
  let b: u64 = adler >>> 16;

  while (from + 16 <= to) {
    const length = min((to - from) & ~15, run);
    const end = from + length;
    // of the bytes so far; of those before each block, which count once more for each byte of it; of the bytes of blocks by their places
    let sums = i32x4.splat(0);
    let before = i32x4.splat(0);
    let weighed = i32x4.splat(0);
    while (from < end) {
      const block = v128.load(from);
      lines += popcnt(<u32>i8x16.bitmask(i8x16.eq(block, i8x16.splat(lf))));
      before = i32x4.add(before, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(block)));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(block), weightsOfLow));
      weighed = i32x4.add(weighed, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(block), weightsOfHigh));
      from += 16;
    }
    b = (b + a * <u64>length + 16 * total(before) + total(weighed)) % base;
    a = (a + total(sums)) % base;
  }
  while (from < to) {
    const byte = load<u8>(from++);
    lines += <u32>(byte === lf);
    a += byte;
    b += a;
  }
  store<u32>(result, lines);
  store<u32>(result, ((<u32>(b % base)) << 16) | <u32>(a % base), 4);
}

function total(lanes: v128): u64 {
  return (
    <u64>(<u32>i32x4.extract_lane(lanes, 0)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 1)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 2)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 3))
  );
}
