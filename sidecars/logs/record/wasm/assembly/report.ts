import { result } from './places';

// why encoding stopped; ../../encoded.ts has them in the same order
export const end: u32 = 0;
export const more: u32 = 1;
export const held: u32 = 2;
export const room: u32 = 3;
/** A line, or a value, is longer than it may be; Docker's may also have another form. */
export const long: u32 = 4;
/** What comes next belongs to another group. */
export const group: u32 = 5;

/** Tells the host what came of a call. */
export function report(consumed: usize, written: usize, records: u32, repaired: u32, stop: u32): void {
  store<u32>(result, consumed);
  store<u32>(result, written, 4);
  store<u32>(result, records, 8);
  store<u32>(result, repaired, 12);
  store<u32>(result, stop, 16);
}

/** Counts on the decimal number whose last digit is at `last`. */
export function countOn(last: usize): void {
  while (load<u8>(last) === 0x39) store<u8>(last--, 0x30);
  store<u8>(last, load<u8>(last) + 1);
}
