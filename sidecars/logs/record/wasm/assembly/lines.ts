import { takeStamp, writeStamp } from './clock';
import { behindLastLineEnd, cr, lf, lineEnd, textEnd } from './ends';
import { copy, escapeLine, out, repaired, setRepaired } from './escape';
import { classes } from './places';
import { countOn, end, held, long, more, report, room } from './report';
import { found, leadingTime } from './time';

// what is known to come, as `Final` in ../../recorder.ts
const noFurtherLine: u32 = 1;
const noLineEnd: u32 = 2;

// classes of lines, as in ../../multiline/joiner.ts
const begins: u32 = 0;
const goesOn: u32 = 1;

/** Whether a line goes on with the record before it. */
declare function ask(from: usize, to: usize): bool;
/** Tells of a line that begins a record. */
declare function begin(from: usize, to: usize): void;

/** Whether the line of the text `[from, to)` goes on with the record before it; `empty` is the class of a line that holds nothing. */
function joins(from: usize, to: usize, empty: u32): bool {
  const what = to === from ? empty : <u32>load<u8>(classes + load<u8>(from));
  return what === goesOn || (what !== begins && ask(from, to));
}

/** Whether a line of which only the beginning is known begins a record, whatever follows. */
function surelyBegins(from: usize): bool {
  const byte = load<u8>(from);
  return byte !== cr && load<u8>(classes + byte) === begins;
}

/**
 * Encodes the records of `[from, to)` at `at`; see `Encoder` in ../../encoder.ts, which says all that this does.
 * The byte at `to` is another one meanwhile, and up to 48 bytes behind `limit`, which no body of a record goes beyond, are written.
 * @param final what is known to come.
 * @param stamp the place of the last digit of a number in the prefix that counts records, or 0.
 * @param clocked whether that number is the time of the record instead, in nanoseconds.
 * @param timeAt where the time stands in the prefix, and `timeLength` bytes of it, where the time that a record begins with is to take its place.
 * @param join whether lines are joined. Then `empty` is the class of empty lines, and `tell` says that `begin` is to be called.
 */
export function encode(
  from: usize,
  to: usize,
  final: u32,
  maxLine: usize,
  at: usize,
  limit: usize,
  prefix: usize,
  prefixLength: usize,
  suffix: usize,
  suffixLength: usize,
  stamp: usize,
  clocked: bool,
  timeAt: usize,
  timeLength: usize,
  join: bool,
  empty: u32,
  tell: bool,
): void {
  const kept = load<u8>(to);
  store<u8>(to, lf);
  // up to here, lines are whole
  const tail = final === noLineEnd ? to : behindLastLineEnd(from, to);
  let stop = end;
  let records: u32 = 0;
  let done: u32 = 0;
  let p = from;
  let o = at;
  setRepaired(0);

  while (p < tail) {
    const told = clocked || timeLength !== 0 ? leadingTime(p, to) : 0;
    const shift: usize = timeLength === 0 || told === 0 ? 0 : told - timeLength;
    const body = o + prefixLength + shift;
    if (body > limit) {
      stop = room;
      break;
    }
    if (clocked) writeStamp(stamp, found, told);
    if (timeLength === 0 || told === 0) copy(o, prefix, prefixLength);
    else {
      copy(o, prefix, timeAt);
      copy(o + timeAt, found, told);
      copy(o + timeAt + told, prefix + timeAt + timeLength, prefixLength - timeAt - timeLength);
    }
    let ended = escapeLine(p, body, limit);
    if (ended === 0) {
      stop = lineEnd(p) - p > maxLine ? long : room;
      break;
    }
    if (ended - p > maxLine) {
      stop = long;
      break;
    }
    let written = out;
    // the CR of a CRLF was written as two characters
    let text = textEnd(p, ended, to);
    if (text < ended) written -= 2;
    let next = ended + 1;

    if (join) {
      if (tell) begin(p, text);
      while (true) {
        if (next >= to) {
          if (final === 0) stop = held;
          break;
        }
        if (surelyBegins(next) && load<u8>(next) !== lf) break;
        if (next >= tail) {
          if (final !== noFurtherLine && to - p <= maxLine) stop = held;
          break;
        }
        ended = lineEnd(next);
        text = textEnd(next, ended, to);
        if (ended - p > maxLine || !joins(next, text, empty)) break;
        store<u16>(written, 0x6e5c);
        ended = escapeLine(next, written + 2, limit);
        if (ended === 0) {
          stop = room;
          break;
        }
        written = out;
        if (text < ended) written -= 2;
        next = ended + 1;
      }
      if (stop) break;
    }
    copy(written, suffix, suffixLength);
    o = written + suffixLength;
    records++;
    done = repaired;
    if (clocked) takeStamp();
    else if (stamp) countOn(stamp);
    p = min(next, to);
  }
  if (!stop && p < to) stop = to - p > maxLine ? long : more;

  store<u8>(to, kept);
  report(p - from, o - at, records, done, stop);
}
