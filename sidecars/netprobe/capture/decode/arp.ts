import { ip4At, macAt } from './address-text.ts';
import { shortAt } from './big-endian.ts';
import { bytesLeft, type Draft, endPayload } from './draft.ts';

/** Takes ARP and RARP apart, for IPv4 on Ethernet and its kin. */
export function takeArp(draft: Draft, bytes: Uint8Array): void {
  const at = draft.payloadStart;
  if (bytesLeft(draft) < 8) {
    draft.cut = 'arp';
    return;
  }
  // other protocols and hardware have addresses of other lengths
  if (shortAt(bytes, at + 2) !== 0x0800 || bytes[at + 4] !== 6 || bytes[at + 5] !== 4) return;
  if (bytesLeft(draft) < 28) {
    draft.cut = 'arp';
    return;
  }
  draft.network = {
    type: 'arp',
    operation: shortAt(bytes, at + 6),
    senderMac: macAt(bytes, at + 8),
    senderIp: ip4At(bytes, at + 14),
    targetMac: macAt(bytes, at + 18),
    targetIp: ip4At(bytes, at + 24),
  };
  draft.payloadStart = at + 28;
  // what is behind it fills the frame up
  endPayload(draft, draft.payloadStart);
}
