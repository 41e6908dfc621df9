import { free, read, told } from './places';
import { nanoseconds } from './time';

const billion: u64 = 1_000_000_000;
/** Digits of a stamp. */
const digits: usize = 19;

let now: u64 = 0;
let stamp: u64 = 0;

/**
 * Writes the stamp of a record, whose last digit is at `last`: that of the time of `length` bytes at `from`, or of reading where there is none. A record of the time
 * of the one before it is a nanosecond later. See `Clock` in ../../clock.ts.
 */
export function writeStamp(last: usize, from: usize, length: usize): void {
  now = length === 0 ? load<u64>(read) : nanoseconds(from, length);
  const next = load<u64>(free);
  stamp = now >= load<u64>(told) && now < next ? next : now;
  const high = stamp / billion;
  writeNine(last, <u32>(stamp - high * billion));
  const highest = high / billion;
  writeNine(last - 9, <u32>(high - highest * billion));
  store<u8>(last - digits + 1, 0x30 + <u8>highest);
}

/** Says that the record of the last stamp was written. */
export function takeStamp(): void {
  store<u64>(told, now);
  store<u64>(free, stamp + 1);
}

function writeNine(last: usize, value: u32): void {
  for (let count = 0; count < 9; count++) {
    const rest = value / 10;
    store<u8>(last--, 0x30 + (value - rest * 10));
    value = rest;
  }
}
