import { lf } from './ends';
import { expansions, simpleEscapes } from './places';

const quote: u32 = 0x22;
const backslash: u32 = 0x5c;

/** Where the last call stopped in the output. */
export let out: usize = 0;
/** Ill-formed UTF-8 sequences that became U+FFFD. */
export let repaired: u32 = 0;

export function setRepaired(count: u32): void {
  repaired = count;
}

/**
 * Fills the table of expansions. The entry of a mask tells for each byte of the result which byte of the eight it is; 0x80, which a swizzle turns into zero,
 * is the place of a backslash.
 */
export function makeExpansions(): void {
  for (let mask: u32 = 0; mask < 256; mask++) {
    let at = expansions + mask * 16;
    for (let byte: u32 = 0; byte < 8; byte++) {
      if (mask & (1 << byte)) store<u8>(at++, 0x80);
      store<u8>(at++, byte);
    }
  }
}

/** Notes which letters make an escape of two characters. */
export function makeSimpleEscapes(): void {
  store<u8>(simpleEscapes + 0x22, 1);
  store<u8>(simpleEscapes + 0x2f, 1);
  store<u8>(simpleEscapes + 0x5c, 1);
  store<u8>(simpleEscapes + 0x62, 1);
  store<u8>(simpleEscapes + 0x66, 1);
  store<u8>(simpleEscapes + 0x6e, 1);
  store<u8>(simpleEscapes + 0x72, 1);
  store<u8>(simpleEscapes + 0x74, 1);
}

/** Copies in steps of 16 bytes: up to 15 more are written. */
export function copy(to: usize, from: usize, length: usize): void {
  for (let done: usize = 0; done < length; done += 16) v128.store(to + done, v128.load(from + done));
}

/** The low eight bytes with a backslash before each that the mask names, 16 bytes at `o`. */
function expand(bytes: v128, mask: u32, o: usize): void {
  const places = v128.load(expansions + (mask << 4));
  const backslashes = v128.and(i8x16.shr_s(places, 7), i8x16.splat(<i8>backslash));
  v128.store(o, v128.or(i8x16.swizzle(bytes, places), backslashes));
}

/**
 * Writes the bytes from `p` to the next LF at `o`, as the inside of a JSON string. There is an LF. Up to 32 bytes behind `limit` are written.
 * @returns the place of the LF, and sets `out`; or 0 where the output would go beyond `limit`.
 */
export function escapeLine(p: usize, o: usize, limit: usize): usize {
  while (o <= limit) {
    const bytes = v128.load(p);
    const meta = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>quote)), i8x16.eq(bytes, i8x16.splat(<i8>backslash)));
    // as signed numbers, control characters and bytes above 0x7f are both below a space
    const stops = <u32>i8x16.bitmask(i8x16.lt_s(bytes, i8x16.splat(0x20)));
    let metas = <u32>i8x16.bitmask(meta);
    let count: u32 = 16;
    if (stops) {
      count = ctz(stops);
      metas &= (1 << count) - 1;
    }
    if (!metas) {
      v128.store(o, bytes);
      o += count;
    } else {
      expand(bytes, metas & 0xff, o);
      if (count > 8) {
        o += 8 + popcnt(metas & 0xff);
        expand(i8x16.shuffle(bytes, bytes, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15), metas >> 8, o);
        o += count - 8 + popcnt(metas >> 8);
      } else o += count + popcnt(metas);
    }
    p += count;
    if (!stops) continue;

    const byte = <u32>load<u8>(p);
    if (byte === <u32>lf) {
      if (o > limit) return 0;
      out = o;
      return p;
    }
    if (byte >= 0x80) {
      do {
        const length = sequenceLength(p);
        if (length > 0) {
          store<u32>(o, load<u32>(p));
          o += length;
          p += length;
        } else {
          o = repairInto(o);
          p -= length;
        }
      } while (load<u8>(p) >= 0x80 && o <= limit);
    } else {
      o += escapeControl(byte, o);
      p++;
    }
  }
  return 0;
}

/** Writes U+FFFD, and counts it. @returns the place behind it. */
export function repairInto(o: usize): usize {
  store<u32>(o, 0xbdbfef);
  repaired++;
  return o + 3;
}

/** Writes a control character other than LF as JSON has it. @returns its length. */
function escapeControl(byte: u32, o: usize): u32 {
  let letter: u32 = 0;
  if (byte === 0x09) letter = 0x74;
  else if (byte === 0x0d) letter = 0x72;
  else if (byte === 0x08) letter = 0x62;
  else if (byte === 0x0c) letter = 0x66;
  if (letter) {
    store<u16>(o, (letter << 8) | backslash);
    return 2;
  }
  // \u00
  store<u32>(o, 0x3030755c);
  store<u8>(o + 4, 0x30 + (byte >> 4));
  const low = byte & 15;
  store<u8>(o + 5, low < 10 ? 0x30 + low : 0x57 + low);
  return 6;
}

/**
 * The length of the well-formed UTF-8 sequence that begins at `p` with a byte above 0x7f (Unicode 17, table 3-7); where it is ill-formed, minus the length of
 * its maximal subpart. An LF behind the last byte ends what is cut there.
 */
export function sequenceLength(p: usize): i32 {
  const lead = <u32>load<u8>(p);
  if (lead < 0xc2 || lead > 0xf4) return -1;
  const second = <u32>load<u8>(p + 1);
  if (lead < 0xe0) return (second & 0xc0) === 0x80 ? 2 : -1;
  let least: u32 = 0x80;
  let most: u32 = 0xbf;
  if (lead === 0xe0) least = 0xa0;
  else if (lead === 0xed) most = 0x9f;
  else if (lead === 0xf0) least = 0x90;
  else if (lead === 0xf4) most = 0x8f;
  if (second < least || second > most) return -1;
  if ((load<u8>(p + 2) & 0xc0) !== 0x80) return -2;
  if (lead < 0xf0) return 3;
  return (load<u8>(p + 3) & 0xc0) === 0x80 ? 4 : -3;
}
