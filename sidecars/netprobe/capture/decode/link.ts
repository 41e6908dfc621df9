import { linkTypes } from '../frame.ts';
import { macAt } from './address-text.ts';
import { shortAt } from './big-endian.ts';
import { bytesLeft, type Draft, endPayload } from './draft.ts';
import type { LinkHeader } from './packet.ts';

/** Types of content that are taken apart further, and that of tags. */
export const linkContents = { ip4: 0x0800, ip6: 0x86dd, arp: 0x0806, rarp: 0x8035 } as const;

/** One more than what a length of IEEE 802.2 can be: from there on it is a type. */
const leastType = 1536;

/** More tags than anybody stacks: what has more is not looked into. */
const mostTags = 8;

const noTags: readonly number[] = [];

/**
 * Takes the header of a link apart, with all VLAN tags.
 * @param linkType one of {@link linkTypes}; others are left alone.
 * @returns the type of what is inside; 0 where nothing is to be taken apart further.
 */
export function takeLink(draft: Draft, bytes: Uint8Array, linkType: number): number {
  switch (linkType) {
    case linkTypes.ethernet:
      return takeEthernet(draft, bytes);
    case linkTypes.linuxCooked:
      // packet type, ARPHRD_, length of the address, address, type (pcap's LINKTYPE_LINUX_SLL)
      return takeCooked(draft, bytes, { size: 16, addressLength: [4, 2], address: 6, type: 14 });
    case linkTypes.linuxCooked2:
      // type, reserved, interface, ARPHRD_, packet type, length of the address, address (LINKTYPE_LINUX_SLL2)
      return takeCooked(draft, bytes, { size: 20, addressLength: [11, 1], address: 12, type: 0 });
    case linkTypes.rawIp:
      return rawType(draft, bytes);
    default:
      return 0;
  }
}

function takeEthernet(draft: Draft, bytes: Uint8Array): number {
  const at = draft.payloadStart;
  if (bytesLeft(draft) < 14) {
    draft.cut = 'ethernet';
    return 0;
  }
  draft.payloadStart = at + 14;
  return takeTags(draft, bytes, shortAt(bytes, at + 12), macAt(bytes, at + 6), macAt(bytes, at));
}

interface Cooked {
  readonly size: number;
  /** Where it is, and of how many bytes. */
  readonly addressLength: readonly [number, 1 | 2];
  readonly address: number;
  readonly type: number;
}

function takeCooked(draft: Draft, bytes: Uint8Array, { size, addressLength, address, type }: Cooked): number {
  const at = draft.payloadStart;
  if (bytesLeft(draft) < size) {
    draft.cut = 'sll';
    return 0;
  }
  draft.payloadStart = at + size;
  const [place, width] = addressLength;
  const isMac = (width === 1 ? bytes[at + place] : shortAt(bytes, at + place)) === 6;
  return takeTags(draft, bytes, shortAt(bytes, at + type), isMac ? macAt(bytes, at + address) : '', '');
}

/** Takes tags, and trims what an Ethernet frame is filled up with where it has a length instead of a type. */
function takeTags(draft: Draft, bytes: Uint8Array, outermost: number, source: string, destination: string): number {
  let etherType = outermost;
  let vlans = noTags;
  while (isTag(etherType) && vlans.length < mostTags) {
    if (bytesLeft(draft) < 4) {
      draft.cut = 'vlan';
      break;
    }
    vlans = [...vlans, shortAt(bytes, draft.payloadStart) & 0xfff];
    etherType = shortAt(bytes, draft.payloadStart + 2);
    draft.payloadStart += 4;
  }
  const link: LinkHeader = { source, destination, etherType, vlans };
  draft.link = link;
  if (etherType >= leastType) return etherType;
  endPayload(draft, draft.payloadStart + etherType);
  return 0;
}

/** IEEE 802.1Q and 802.1ad, and what was in use before it. */
function isTag(etherType: number): boolean {
  return etherType === 0x8100 || etherType === 0x88a8 || etherType === 0x9100;
}

/** IP without a link: the first four bits tell. */
function rawType(draft: Draft, bytes: Uint8Array): number {
  if (bytesLeft(draft) < 1) {
    draft.cut = 'ip';
    return 0;
  }
  const version = (bytes[draft.payloadStart] ?? 0) >> 4;
  if (version === 4) return linkContents.ip4;
  return version === 6 ? linkContents.ip6 : 0;
}
