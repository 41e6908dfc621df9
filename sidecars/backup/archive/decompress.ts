import { availableParallelism } from 'node:os';
import { messageOf } from '#shared/exit.ts';
import type { ByteSource } from '../bytes.ts';
import { ExactReader } from './exact-reader.ts';
import { Garbage } from './garbage.ts';
import { Lane } from './lane.ts';
import {
  blockHeaderBytes,
  checksumBytes,
  contentBytes,
  frameStartBytes,
  mostFrameBytes,
  readBlockHeader,
  restOfHeader,
} from './zstd-frame.ts';

/** What is made for a frame, at most, by its plain bytes: the chunk that it was read in, the frame itself, and twice the room for what it becomes. */
const buffersOfFrame = 4;

/** Where a frame is. */
export interface FramePlace {
  /** Which one, from 0. */
  readonly frame: number;
  /** Where it begins in what is compressed. */
  readonly storedOffset: number;
  /** How many plain bytes lie before it, all of them whole. */
  readonly plainOffset: number;
}

/** What is compressed is not what was written: cut off, or changed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  readonly place: FramePlace;

  constructor(place: FramePlace, reason: string, options?: ErrorOptions) {
    super(
      `the archive is damaged in frame ${place.frame}, which begins at compressed byte ${place.storedOffset}: ${reason}`,
      options,
    );
    this.place = place;
  }
}

/** A frame as it was stored. */
interface StoredFrame {
  readonly bytes: Buffer;
  readonly content: number;
  readonly place: FramePlace;
}

/**
 * Decompresses zstd frames as `Frames` makes them; each chunk that comes out is one frame. Where frames end is read here and not left to
 * Node, whose streams have overlooked missing ends before.
 * @param lanes how many frames are decompressed at once, while the caller works on the one before.
 * @throws FrameError where a frame is cut off or changed. An end between two frames is not noticed here, but by who reads the archive.
 */
export async function* decompress(stored: ByteSource, lanes = Math.min(4, availableParallelism())): AsyncGenerator<Buffer> {
  const reader = new ExactReader(stored);
  const frames = storedFrames(reader);
  const workers = Array.from({ length: lanes }, () => Lane.decompressing(1 << 20));
  const garbage = new Garbage();
  const ahead: Promise<Buffer | undefined>[] = [];
  try {
    for (let count = 0, more = true; ; ) {
      while (more && ahead.length <= lanes) {
        const lane = workers[count % lanes];
        count += 1;
        const frame = frames.next();
        const plain = frame.then(({ done, value }) => (done === true ? undefined : whole(lane, value)));
        // what is wrong with it comes in its turn, after those before it
        plain.catch(() => {});
        ahead.push(plain);
        more = await frame.then(
          ({ done }) => done !== true,
          () => false,
        );
      }
      const plain = await ahead.shift();
      if (plain === undefined) return;
      yield plain;
      garbage.made(buffersOfFrame * plain.length);
    }
  } finally {
    for (const worker of workers) worker.close();
    await reader.close();
  }
}

async function* storedFrames(reader: ExactReader): AsyncGenerator<StoredFrame> {
  for (let frame = 0, plainOffset = 0; ; frame += 1) {
    const place = { frame, storedOffset: reader.position, plainOffset };
    const demand = async (length: number, among: Buffer[]): Promise<Buffer> => {
      const bytes = await reader.read(length);
      if (bytes.length < length) throw new FrameError(place, `it is cut off at byte ${reader.position}`);
      among.push(bytes);
      return bytes;
    };
    const start = await reader.read(frameStartBytes);
    if (start.length === 0) return;
    if (start.length < frameStartBytes) throw new FrameError(place, `it is cut off at byte ${reader.position}`);
    const pieces = [start];
    const rest = await demand(
      understood(place, () => restOfHeader(start)),
      pieces,
    );
    const content = understood(place, () => contentBytes(Buffer.concat([start, rest])));
    for (let last = false; !last; ) {
      const header = await demand(blockHeaderBytes, pieces);
      const block = understood(place, () => readBlockHeader(header));
      last = block.last;
      await demand(block.bytes + (last ? checksumBytes : 0), pieces);
      // what cannot be compressed takes a little more than it has
      if (reader.position - place.storedOffset > 2 * mostFrameBytes) throw new FrameError(place, 'it has no end');
    }
    yield { bytes: Buffer.concat(pieces), content, place };
    plainOffset += content;
  }
}

function understood<T>(place: FramePlace, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new FrameError(place, messageOf(error), { cause: error });
  }
}

async function whole(lane: Lane | undefined, { bytes, content, place }: StoredFrame): Promise<Buffer> {
  try {
    if (lane === undefined) throw new RangeError('decompression needs a lane');
    const pieces = await lane.run(bytes);
    const [first = Buffer.alloc(0)] = pieces;
    const plain = pieces.length <= 1 ? first : Buffer.concat(pieces);
    if (plain.length !== content) throw new Error(`it has ${plain.length} plain bytes instead of ${content}`);
    return plain;
  } catch (error) {
    throw new FrameError(place, messageOf(error), { cause: error });
  }
}
