import { shortAt } from './big-endian.ts';
import { bytesLeft, type Draft, endPayload } from './draft.ts';

/**
 * Takes a UDP header apart (RFC 768).
 * @param wireEnd where the packet ended on the wire, as an offset in the bytes.
 */
export function takeUdp(draft: Draft, bytes: Uint8Array, wireEnd: number): void {
  const at = draft.payloadStart;
  const length = shortAt(bytes, at + 4);
  // 0 is a jumbogram's (RFC 2675)
  if (bytesLeft(draft) < 8 || (length > 0 && length < 8)) {
    draft.cut = 'udp';
    return;
  }
  const payload = length === 0 ? Math.max(0, wireEnd - at - 8) : length - 8;
  draft.transport = {
    type: 'udp',
    sourcePort: shortAt(bytes, at),
    destinationPort: shortAt(bytes, at + 2),
    payload,
  };
  draft.payloadStart = at + 8;
  endPayload(draft, at + 8 + payload);
}
