import { repairInto, sequenceLength } from './escape';
import { simpleEscapes } from './places';
import { end, long as odd, room } from './report';
import { isTime } from './time';
import { tellHead, tellMessage } from './told';

const quote: u32 = 0x22;
const backslash: u32 = 0x5c;

// the parts of a line, as little-endian numbers
const logName: u64 = 0x223a22676f6c227b; // {"log":"
const timeName: u64 = 0x223a22656d697422; // "time":"
const streamName: u64 = 0x6d6165727473222c; // ,"stream
const outName: u64 = 0x756f647473223a22; // ":"stdou
const errName: u64 = 0x7265647473223a22; // ":"stder
const outEnd: u32 = 0x2c2274; // t",
const errEnd: u32 = 0x2c2272; // r",

/** Shortest end of a line: `","stream":"stdout","time":"2026-01-02T03:04:05Z"}`. */
const leastEnd: usize = 50;
const longestTime: usize = 36;

/** Where the value of the last line ends. */
let valueEnd: usize = 0;

/** Takes the line whose LF is at `at` apart from behind. @returns whether it has the form that Docker writes. */
export function readDocker(from: usize, at: usize): bool {
  if (at - from < leastEnd + 8 || load<u64>(from) !== logName || load<u16>(at - 2) !== 0x7d22) return false;
  const timeTo = at - 2;
  let open = timeTo - 1;
  while (load<u8>(open) !== quote && timeTo - open <= longestTime) open--;
  const timeFrom = open + 1;
  const name = timeFrom - 8;
  if (load<u64>(name) !== timeName) return false;
  const stream = name - 19;
  if (stream < from + 9 || load<u64>(stream) !== streamName || load<u8>(stream - 1) !== quote) return false;
  const begun = load<u64>(stream + 8);
  const ended = load<u32>(stream + 16) & 0xffffff;
  const isErr = begun === errName && ended === errEnd;
  if (!isErr && (begun !== outName || ended !== outEnd)) return false;
  valueEnd = stream - 1;
  tellHead(timeFrom, timeTo, isErr);
  return isTime(timeFrom, timeTo);
}

function isHex(byte: u32): bool {
  return byte - 0x30 < 10 || (byte | 0x20) - 0x61 < 6;
}

/** Whether `\uHHHH` at `p` stands for a character alone, and for none that ends a line. */
function isUnicodeEscape(p: usize): bool {
  const first = <u32>load<u8>(p, 2);
  const second = <u32>load<u8>(p, 3) | 0x20;
  const third = <u32>load<u8>(p, 4);
  const fourth = <u32>load<u8>(p, 5);
  if (!(isHex(first) && isHex(second) && isHex(third) && isHex(fourth))) return false;
  if ((first | 0x20) === 0x64 && (second === 0x38 || second === 0x39 || second >= 0x61)) return false;
  return first !== 0x30 || second !== 0x30 || third !== 0x30 || ((fourth | 0x20) !== 0x61 && (fourth | 0x20) !== 0x64);
}

/**
 * Copies the value of the line at `from`, a JSON string, as it stands, without the escaped line end at its end.
 * @returns the reason why it cannot be done, or `end`.
 */
export function copyDocker(from: usize, o: usize, limit: usize): u32 {
  let p = from + 8;
  // the last two escapes of two characters
  let last: usize = 0;
  let before: usize = 0;
  while (o <= limit) {
    const bytes = v128.load(p);
    v128.store(o, bytes);
    const quotes = v128.or(i8x16.eq(bytes, i8x16.splat(<i8>quote)), i8x16.eq(bytes, i8x16.splat(<i8>backslash)));
    let stops = <u32>i8x16.bitmask(v128.or(i8x16.lt_s(bytes, i8x16.splat(0x20)), quotes));
    let count: u32 = 16;
    while (stops) {
      const index = ctz(stops);
      if (load<u8>(p + index) !== backslash) {
        count = index;
        break;
      }
      const letter = <u32>load<u8>(p + index, 1);
      if (load<u8>(simpleEscapes + letter)) {
        before = last;
        last = p + index;
        stops &= ~((<u32>3) << index);
        if (index === 15) {
          store<u8>(o, letter, 16);
          count = 17;
        }
      } else if (letter === 0x75 && isUnicodeEscape(p + index)) {
        stops &= stops - 1;
        if (index > 10) {
          store<u64>(o + index, load<u64>(p + index));
          count = index + 6;
        }
      } else return odd;
    }
    p += count;
    o += count;
    if (!stops) continue;
    const byte = <u32>load<u8>(p);
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
      continue;
    }
    if (byte !== quote || p !== valueEnd) return odd;
    if (o > limit) return room;
    const isWhole = last === p - 2 && load<u8>(p - 1) === 0x6e;
    if (isWhole) o -= before === p - 4 && load<u8>(p - 3) === 0x72 ? 4 : 2;
    tellMessage(o, isWhole);
    return end;
  }
  return room;
}
