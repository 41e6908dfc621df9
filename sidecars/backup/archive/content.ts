import { readSync } from 'node:fs';
import { messageOf } from '#shared/exit.ts';
import type { Frames } from './frames.ts';
import { blockSize } from './tar-header.ts';

/** How much of what was asked for could be read; what is missing was written as zeros. */
export interface Copied {
  readonly bytes: number;
  /** Why the rest could not be read; undefined where the file ended, or nothing is missing. */
  readonly failure?: string;
}

/**
 * Reads a stretch of an open file straight into blocks, exactly as long as was asked: the header before it has said so.
 * @param from where it begins; null for where the file stands.
 * @throws whatever the frames fail with.
 */
export async function copyContent(frames: Frames, fd: number, from: number | null, length: number): Promise<Copied> {
  let bytes = 0;
  while (bytes < length) {
    if (frames.full) await frames.swap();
    const wanted = Math.min(length - bytes, frames.block.length - frames.used);
    let got: number;
    try {
      got = readSync(fd, frames.block, frames.used, wanted, from === null ? null : from + bytes);
    } catch (error) {
      await writeZeros(frames, length - bytes);
      return { bytes, failure: messageOf(error) };
    }
    if (got === 0) {
      await writeZeros(frames, length - bytes);
      return { bytes };
    }
    frames.used += got;
    bytes += got;
  }
  return { bytes };
}

/** Writes zeros. @throws whatever the frames fail with. */
export async function writeZeros(frames: Frames, length: number): Promise<void> {
  for (let left = length; left > 0; ) {
    if (frames.full) await frames.swap();
    const now = Math.min(left, frames.block.length - frames.used);
    frames.block.fill(0, frames.used, frames.used + now);
    frames.used += now;
    left -= now;
  }
}

/** Writes zeros up to the next whole block of tar, which the block that is being filled always has room for. */
export function padToBlock(frames: Frames): void {
  const over = frames.used % blockSize;
  if (over === 0) return;
  frames.block.fill(0, frames.used, frames.used + blockSize - over);
  frames.used += blockSize - over;
}
