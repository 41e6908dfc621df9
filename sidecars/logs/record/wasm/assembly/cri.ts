import { cr } from './ends';
import { escapeLine, out } from './escape';
import { end, long as odd, room } from './report';
import { timeLength } from './time';
import { tellHead, tellMessage } from './told';

// the parts of a line, as little-endian numbers
const outWord: u64 = 0x2074756f64747320; // stdout between spaces
const errWord: u64 = 0x2072726564747320; // stderr between spaces
const fullTag: u32 = 0x2046; // F and a space
const partTag: u32 = 0x2050; // P and a space

/** Where the message of the last line begins, and whether it is a part. */
let begins: usize = 0;
let isPart: bool = false;

/** Takes the line at `from` apart. @returns whether it has the form that the runtimes of Kubernetes write. */
export function readCri(from: usize): bool {
  const length = timeLength(from);
  if (length === 0) return false;
  const at = from + length;
  const word = load<u64>(at);
  const tag = <u32>load<u16>(at, 8);
  const isErr = word === errWord;
  isPart = tag === partTag;
  if ((!isErr && word !== outWord) || (!isPart && tag !== fullTag)) return false;
  begins = at + 10;
  tellHead(from, at, isErr);
  return true;
}

/** Writes the message of that line, whose LF is at `at`. @returns the reason why it cannot be done, or `end`. */
export function copyCri(at: usize, o: usize, limit: usize): u32 {
  const hasCr = at > begins && load<u8>(at - 1) === cr;
  // the general recorder knows of which line end each of several is
  if (hasCr && (isPart || load<u8>(at - 2) === cr)) return odd;
  if (escapeLine(begins, o, limit) === 0) return room;
  tellMessage(hasCr ? out - 2 : out, !isPart);
  return end;
}
