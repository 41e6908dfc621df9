import { ip4At } from './address-text.ts';
import { shortAt } from './big-endian.ts';
import { bytesLeft, type Draft, endPayload } from './draft.ts';
import type { Ip4Header } from './packet.ts';

/**
 * Takes an IPv4 header apart (RFC 791).
 * @param wireEnd where the frame ended on the wire, as an offset in the bytes, which may be beyond what was captured.
 * @returns where the packet ended on the wire; undefined where nothing behind the header can be taken apart.
 */
export function takeIp4(draft: Draft, bytes: Uint8Array, wireEnd: number): number | undefined {
  const at = draft.payloadStart;
  const first = bytes[at] ?? 0;
  const size = (first & 15) * 4;
  if (bytesLeft(draft) < 20 || first >> 4 !== 4 || size < 20) {
    draft.cut = 'ip';
    return undefined;
  }
  const length = shortAt(bytes, at + 2);
  if (length !== 0 && length < size) {
    draft.cut = 'ip';
    return undefined;
  }
  const fragment = shortAt(bytes, at + 6);
  const header: Ip4Header = {
    type: 'ip4',
    source: ip4At(bytes, at + 12),
    destination: ip4At(bytes, at + 16),
    protocol: bytes[at + 9] ?? 0,
    length,
    ttl: bytes[at + 8] ?? 0,
    trafficClass: bytes[at + 1] ?? 0,
    id: shortAt(bytes, at + 4),
    doNotFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffset: (fragment & 0x1fff) * 8,
  };
  draft.network = header;
  // the kernel leaves 0 where a packet is longer than can be said here, and is cut later
  const end = length === 0 ? wireEnd : at + length;
  endPayload(draft, end);
  if (bytesLeft(draft) < size) {
    draft.cut = 'ip';
    draft.payloadStart = draft.payloadEnd;
    return undefined;
  }
  draft.payloadStart = at + size;
  return header.fragmentOffset === 0 ? end : undefined;
}
