import { type CapturedInterface, type Direction, type Frame, linkTypes } from '../frame.ts';

/** The one frame that a reader fills again and again. */
export class ReusedFrame implements Frame {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  length = 0;
  seconds = 0;
  nanoseconds = 0;
  interface: CapturedInterface = { id: 0, name: '', linkType: linkTypes.ethernet };
  direction: Direction | undefined = undefined;
  flags = 0;
}

/** PACKET_OUTGOING of linux/if_packet.h. */
const outgoing = 4;

/** Which way a frame went, by the packet type of a cooked header (pcap-linktype(7)); undefined where it has none. */
export function cookedDirection(linkType: number, bytes: Uint8Array, start: number, end: number): Direction | undefined {
  if (linkType === linkTypes.linuxCooked && end - start >= 2) return directionOf(bytes[start + 1]);
  if (linkType === linkTypes.linuxCooked2 && end - start >= 11) return directionOf(bytes[start + 10]);
  return undefined;
}

/** Which way a frame went, by its packet type of linux/if_packet.h. */
export function directionOf(packetType: number | undefined): Direction {
  return packetType === outgoing ? 'out' : 'in';
}
