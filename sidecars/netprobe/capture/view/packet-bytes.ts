import type { Packet } from '../decode/packet.ts';
import { type Frame, linkTypes } from '../frame.ts';

/** How long the header of a link is, without VLAN tags, in bytes. */
export function linkHeaderLength(linkType: number): number {
  switch (linkType) {
    case linkTypes.ethernet:
      return 14;
    case linkTypes.linuxCooked:
      return 16;
    case linkTypes.linuxCooked2:
      return 20;
    default:
      return 0;
  }
}

/** Where that begins in a frame which the link carries: behind its header, and VLAN tags. */
export function contentStart(frame: Frame, { link }: Packet): number {
  if (link === undefined) return frame.start;
  return Math.min(frame.end, frame.start + linkHeaderLength(frame.interface.linkType) + 4 * link.vlans.length);
}

/** How long on the wire that was which the link carried. */
export function contentLength(frame: Frame, start: number): number {
  return Math.max(0, frame.length - (start - frame.start));
}

/** Two bytes as a number; 0 where they were not captured. */
export function shortIn(frame: Frame, at: number): number {
  return at + 2 > frame.end ? 0 : ((frame.bytes[at] ?? 0) << 8) | (frame.bytes[at + 1] ?? 0);
}
