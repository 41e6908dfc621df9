import type { Line, Parse } from './line.ts';
import { plain } from './plain.ts';
import { timeIn } from './time.ts';

const space = 0x20;
const carriageReturn = 0x0d;
const colon = 0x3a;
const letterF = 0x46;
const letterP = 0x50;
/** A time with its fraction and zone. */
const longestTime = 64;
const wordLength = ' stdout '.length;
const words = (['stdout', 'stderr'] as const).map((stream) => ({ stream, bytes: [...Buffer.from(` ${stream} `)] }));

/**
 * A line as container runtimes write it for Kubernetes (CRI): `2016-10-06T00:17:09.669794202Z stdout P log content`. The first of the tags, between which
 * stand colons, is P where the next line of the stream goes on with this one, and F where it ends here.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export const cri: Parse = (chunk, from, to) => readCri(chunk, from, to) ?? plain(chunk, from, to);

/** The line, or undefined where it is none of CRI. */
export function readCri(chunk: Buffer, from: number, to: number): Line | undefined {
  let at = from;
  const bound = Math.min(to, from + longestTime);
  while (at < bound && chunk[at] !== space) at += 1;
  const stream = streamAt(chunk, at, to);
  if (stream === undefined) return undefined;
  const tag = chunk[at + 8];
  const behind = at + 9;
  if (behind > to || (tag !== letterP && tag !== letterF)) return undefined;
  const further = behind < to && chunk[behind] === colon;
  if (behind < to && !further && chunk[behind] !== space) return undefined;
  const time = timeIn(chunk, from, at);
  if (time === undefined) return undefined;
  const afterTags = further ? endOfTags(chunk, behind, to) : behind;
  const begin = Math.min(to, afterTags + 1);
  const partial = tag === letterP;
  const end = !partial && to > begin && chunk[to - 1] === carriageReturn ? to - 1 : to;
  return { message: chunk.subarray(begin, end), stream, time, partial };
}

/** The stream that stands between two spaces, of which the first one is at `at`. */
function streamAt(chunk: Buffer, at: number, to: number): 'stdout' | 'stderr' | undefined {
  if (to - at < wordLength) return undefined;
  return words.find(({ bytes }) => bytes.every((byte, index) => chunk[at + index] === byte))?.stream;
}

function endOfTags(chunk: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && chunk[at] !== space) at += 1;
  return at;
}
