import { type FileHandle, open } from 'node:fs/promises';
import { littleWord } from '../pcapng/byte-order.ts';
import { zstdFrameLength, zstdFrameMagic } from './zstd-frame.ts';

/** What became of a file: it is whole, something torn at its end was taken away, there is nothing whole in it, or it is none of ours and was left as it is. */
export type Mended = 'whole' | 'cut' | 'empty' | 'foreign';

/** Tells how long what begins there is, as {@link zstdFrameLength} does. */
type LengthOf = (bytes: Uint8Array, start: number) => number;

/** How much is read at once, in bytes. */
const chunk = 2 ** 20;

/** Longer is nothing that stands in our files, in bytes. */
const longest = 64 * 2 ** 20;

const sectionHeader = 0x0a0d_0d0a;
const littleEndian = 0x1a2b_3c4d;

/**
 * Cuts a file that a killed process, or a machine that lost its power, left behind its last whole block, or zstd frame.
 * @throws the system's error
 */
export async function mendCaptureFile(path: string): Promise<Mended> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    const beginning = new Uint8Array(12);
    const { bytesRead } = await file.read(beginning, 0, 12, 0);
    const lengthOf = lengthFor(beginning, bytesRead);
    if (lengthOf === undefined) return 'foreign';
    const end = await wholeUpTo(file, size, lengthOf);
    if (end === undefined) return 'foreign';
    if (end === size && size > 0) return 'whole';
    await file.truncate(end);
    return end === 0 ? 'empty' : 'cut';
  } finally {
    await file.close();
  }
}

function lengthFor(beginning: Uint8Array, count: number): LengthOf | undefined {
  const begins = (magic: number) =>
    beginning.subarray(0, count).every((byte, at) => at >= 4 || byte === ((magic >>> (8 * at)) & 255));
  if (begins(sectionHeader) && (count < 12 || littleWord(beginning, 8) === littleEndian)) return blockLength;
  return begins(zstdFrameMagic) ? zstdFrameLength : undefined;
}

/** The length of a block of pcapng: it stands at both of its ends. */
function blockLength(bytes: Uint8Array, start: number): number {
  const available = bytes.length - start;
  if (available < 12) return -12;
  const length = littleWord(bytes, start + 4);
  if (length < 12 || length % 4 !== 0 || length > longest) return 0;
  if (available < length) return -length;
  return littleWord(bytes, start + length - 4) === length ? length : 0;
}

/** Where what is whole ends; undefined where something is too long to be ours. */
async function wholeUpTo(file: FileHandle, size: number, lengthOf: LengthOf): Promise<number | undefined> {
  let end = 0;
  let wanted = chunk;
  while (end < size) {
    const { buffer, bytesRead } = await file.read(new Uint8Array(Math.min(wanted, size - end)), 0, undefined, end);
    const bytes = buffer.subarray(0, bytesRead);
    let at = 0;
    let length = lengthOf(bytes, at);
    for (; length > 0; length = lengthOf(bytes, at)) at += length;
    end += at;
    if (length === 0 || bytesRead === 0) return end;
    if (end - length > size) return end;
    if (-length > longest) return undefined;
    wanted = Math.max(chunk, -length);
  }
  return end;
}
