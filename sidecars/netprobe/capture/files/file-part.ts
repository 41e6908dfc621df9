import type { Pack, PackedPart } from './capture-file.ts';
import { type MeasuredBlocks, measureBlocks, measureFirstPacket } from './measured-blocks.ts';

/** Blocks that go into a file, and where they end among those that there are. */
export interface FilePart extends PackedPart {
  readonly end: number;
}

/** What a file takes. */
export interface FileRoom {
  /** How many bytes, as they are packed. */
  readonly bytes: number;
  /** Packets before this time, in milliseconds since 1970. */
  readonly until: number;
  /** Whether it has no packet yet: it then takes one that is too large, which would be so everywhere. */
  readonly isEmpty: boolean;
}

/**
 * What of some blocks goes into a file; undefined where another one is to be begun first.
 * @param isSame whether packed blocks are as long as they were.
 * @param whole all of them, where that is known.
 */
export function partForFile(
  blocks: Uint8Array,
  { bytes, until, isEmpty }: FileRoom,
  pack: Pack,
  isSame: boolean,
  whole?: MeasuredBlocks,
): FilePart | undefined {
  const most = isSame ? bytes : Infinity;
  // whoever gives the time of the last one may leave out what is less than a millisecond
  const isWhole = whole !== undefined && whole.end <= most && (whole.last === undefined || whole.last + 1 <= until);
  let measured = isWhole ? whole : measureBlocks(blocks, (end, time) => end > most || (time !== undefined && time >= until));
  if (measured.end === 0) measured = measureFirstPacket(blocks);
  for (;;) {
    const packed = pack(blocks.subarray(0, measured.end));
    if (packed.length <= bytes) return { ...measured, packed };
    if (!isEmpty) return undefined;
    if (measured.packets <= 1) return { ...measured, packed };
    const half = measured.end / 2;
    measured = measureBlocks(blocks, (end) => end > half);
    if (measured.packets === 0) measured = measureFirstPacket(blocks);
  }
}
