import { littleWord } from '../pcapng/byte-order.ts';

/** What a zstd frame begins with (RFC 8878, section 3.1.1). */
export const zstdFrameMagic = 0xfd2f_b528;

/** How many bytes of the header tell the size of the content, by the upper two bits of its first one; where that is 0, one more bit tells. */
const contentSizes = [0, 2, 4, 8] as const;
const dictionarySizes = [0, 1, 2, 4] as const;

/**
 * How long a zstd frame is, in bytes.
 * @returns the negative of how many bytes have to be there to tell, where there are fewer; 0 where no frame begins there.
 */
export function zstdFrameLength(bytes: Uint8Array, start: number): number {
  const available = bytes.length - start;
  if (available < 5) return -5;
  if (littleWord(bytes, start) !== zstdFrameMagic) return 0;
  const descriptor = bytes[start + 4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const content = contentSizes[descriptor >> 6] ?? 0;
  const dictionary = dictionarySizes[descriptor & 3] ?? 0;
  let length = 5 + (isSingle ? 0 : 1) + dictionary + (content === 0 && isSingle ? 1 : content);
  for (let isLast = false; !isLast; ) {
    if (available < length + 3) return -(length + 3);
    const header = littleWord(bytes, start + length) & 0xff_ffff;
    const type = (header >> 1) & 3;
    if (type === 3) return 0;
    isLast = (header & 1) !== 0;
    // of a byte that is repeated only one stands there
    length += 3 + (type === 1 ? 1 : header >> 3);
  }
  length += (descriptor & 4) === 0 ? 0 : 4;
  return available < length ? -length : length;
}
