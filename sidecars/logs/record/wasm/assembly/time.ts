import { lineEnd, textEnd } from './ends';
import { time } from './places';

/** Reads the time at the start of a line in any of its forms, and puts it where `time` is. @returns its length, or 0. */
declare function read(from: usize, to: usize): usize;

/** Where the time that was found last stands. */
export let found: usize = 0;

function isDigit(p: usize): bool {
  return <u32>load<u8>(p) - 0x30 < 10;
}

/** The number that two digits are, or one beyond 99. */
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens < 10 && ones < 10 ? tens * 10 + ones : 100;
}

function daysIn(year: u32, month: u32): u32 {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** The length of `2026-01-02T03:04:05` at `p`, where it is a date and a time that clocks show, and of a fraction of up to nine digits behind it; or 0. */
export function clockLength(p: usize): usize {
  const century = two(p);
  const years = two(p + 2);
  const month = two(p + 5);
  const day = two(p + 8);
  if (load<u8>(p, 4) !== 0x2d || load<u8>(p, 7) !== 0x2d || load<u8>(p, 10) !== 0x54) return 0;
  if (load<u8>(p, 13) !== 0x3a || load<u8>(p, 16) !== 0x3a || century > 99 || years > 99) return 0;
  if (month - 1 > 11 || day - 1 >= daysIn(century * 100 + years, month)) return 0;
  if (two(p + 11) > 23 || two(p + 14) > 59 || two(p + 17) > 59) return 0;
  let length: usize = 19;
  if (load<u8>(p, 19) !== 0x2e) return length;
  length++;
  while (isDigit(p + length)) length++;
  return length === 20 || length > 29 ? 0 : length;
}

/** The length of the time of RFC 3339 at `p`, with nanoseconds at the most; or 0. */
export function timeLength(p: usize): usize {
  const clock = clockLength(p);
  if (clock === 0) return 0;
  const zone = p + clock;
  const sign = load<u8>(zone);
  if (sign === 0x5a) return clock + 1;
  const isZone = (sign === 0x2b || sign === 0x2d) && load<u8>(zone, 3) === 0x3a && two(zone + 1) < 24 && two(zone + 4) < 60;
  return isZone ? clock + 6 : 0;
}

/** Whether `[from, to)` is such a time. */
export function isTime(from: usize, to: usize): bool {
  const length = timeLength(from);
  return length !== 0 && from + length === to;
}

/** Whether a time may end before this byte. */
function endsBefore(byte: u32): bool {
  const letter = (byte | 0x20) - 0x61 < 26 || byte === 0x5f;
  return !letter && byte - 0x30 > 10 && byte !== 0x2e;
}

/**
 * The length of the time of ISO 8601 with a zone that the line at `p` begins with, in the form of RFC 3339, and sets `found`; or 0. The usual forms are told here,
 * the host is asked about those that may be others. See `timePrefix` in ../../parse/time.ts.
 */
export function leadingTime(p: usize, to: usize): usize {
  if (load<u8>(p, 4) !== 0x2d || load<u8>(p, 7) !== 0x2d || load<u8>(p, 13) !== 0x3a) return 0;
  const length = timeLength(p);
  if (length && endsBefore(load<u8>(p + length))) {
    found = p;
    return length;
  }
  const ended = lineEnd(p);
  found = time;
  return read(p, textEnd(p, ended, to));
}

/** The days from 1970 to the beginning of a month, by a calendar whose years begin in March. */
function daysTo(year: i64, month: i64): i64 {
  const shifted = month > 2 ? year : year - 1;
  const days = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
  return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + days - 719468;
}

/** Nanoseconds since 1970 of the time of RFC 3339 at `p`, which has so many bytes; what is before is 1970, and what an int64 does not hold the last that it holds. */
export function nanoseconds(p: usize, length: usize): u64 {
  const days = daysTo(two(p) * 100 + two(p + 2), two(p + 5)) + <i64>two(p + 8) - 1;
  let seconds = days * 86400 + <i64>(two(p + 11) * 3600 + two(p + 14) * 60 + two(p + 17));
  let at = p + 19;
  let fraction: u64 = 0;
  if (load<u8>(at) === 0x2e) {
    let unit: u64 = 100_000_000;
    for (at++; isDigit(at); at++) {
      fraction += <u64>(load<u8>(at) - 0x30) * unit;
      unit /= 10;
    }
  }
  if (at + 6 === p + length) {
    const offset = <i64>(two(at + 1) * 3600 + two(at + 4) * 60);
    seconds += load<u8>(at) === 0x2d ? offset : -offset;
  }
  if (seconds < 0) return 0;
  return seconds > 9_223_372_035 ? i64.MAX_VALUE : <u64>seconds * 1_000_000_000 + fraction;
}
