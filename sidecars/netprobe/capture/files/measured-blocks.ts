import { Blocks } from '../recorder/packet-blocks.ts';

/** Some blocks from the beginning of many. */
export interface MeasuredBlocks {
  /** Where they end, in bytes. */
  readonly end: number;
  readonly packets: number;
  /** When the first and the last packet of them were seen, in milliseconds since 1970. */
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/**
 * Goes through whole blocks.
 * @param isOver whether to stop before a block, by where it ends; of one that is no packet the time is undefined.
 */
export function measureBlocks(
  bytes: Uint8Array,
  isOver: (end: number, time: number | undefined) => boolean = () => false,
): MeasuredBlocks {
  const blocks = new Blocks(bytes);
  let end = 0;
  let packets = 0;
  let first: number | undefined;
  let last: number | undefined;
  while (end < bytes.length) {
    const next = blocks.end(end);
    const time = blocks.isPacket(end) ? blocks.time(end) : undefined;
    if (isOver(next, time)) break;
    if (time !== undefined) {
      packets += 1;
      first ??= time;
      last = time;
    }
    end = next;
  }
  return { end, packets, first, last };
}

/** Up to the first packet, and with it. */
export function measureFirstPacket(bytes: Uint8Array): MeasuredBlocks {
  let isBehind = false;
  return measureBlocks(bytes, (_, time) => {
    const isOver = isBehind;
    isBehind ||= time !== undefined;
    return isOver;
  });
}

/** When the first packet was seen, in milliseconds since 1970; undefined where there is none. */
export function firstTime(bytes: Uint8Array): number | undefined {
  let found: number | undefined;
  measureBlocks(bytes, (_, time) => {
    found ??= time;
    return found !== undefined;
  });
  return found;
}
