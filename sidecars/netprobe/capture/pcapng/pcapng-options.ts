import type { ByteOrder } from './byte-order.ts';
import { CaptureFileError } from './capture-file-error.ts';

/** Options of pcapng blocks that are read (draft-ietf-opsawg-pcapng), by their codes. */
export const readOptions = {
  end: 0,
  comment: 1,
  interfaceName: 2,
  interfaceResolution: 9,
  interfaceOffset: 14,
  packetFlags: 2,
  statisticsReceived: 4,
  statisticsDropped: 5,
  statisticsSystemDropped: 7,
} as const;

/**
 * Goes through the options of a block.
 * @param at where they begin, and where they end at the latest.
 * @param position where the block is in the file, for errors.
 * @throws CaptureFileError where one is longer than there is room
 */
export function eachOption(
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  end: number,
  position: number,
  visit: (code: number, start: number, length: number) => void,
): void {
  for (let next = at; next + 4 <= end; ) {
    const code = order.short(bytes, next);
    const length = order.short(bytes, next + 2);
    if (code === readOptions.end) return;
    if (next + 4 + length > end)
      throw new CaptureFileError(position, `a block has an option of ${length} bytes, and no room for it`);
    visit(code, next + 4, length);
    next += 4 + ((length + 3) & ~3);
  }
}

/** Where the content of an option of a block begins; -1 where the block has none of that code and length. Arguments are as in {@link eachOption}. */
export function optionStart(
  order: ByteOrder,
  bytes: Uint8Array,
  at: number,
  end: number,
  wanted: { readonly code: number; readonly length: number },
): number {
  for (let next = at; next + 4 <= end; ) {
    const code = order.short(bytes, next);
    const length = order.short(bytes, next + 2);
    if (code === readOptions.end || next + 4 + length > end) return -1;
    if (code === wanted.code && length === wanted.length) return next + 4;
    next += 4 + ((length + 3) & ~3);
  }
  return -1;
}

const decoder = new TextDecoder();

/** The text of an option. Some writers end it with zeros. */
export function optionText(bytes: Uint8Array, start: number, length: number): string {
  let end = start + length;
  while (end > start && bytes[end - 1] === 0) end -= 1;
  return decoder.decode(bytes.subarray(start, end));
}
