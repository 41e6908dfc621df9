import { ip6At } from './address-text.ts';
import { longAt, shortAt } from './big-endian.ts';
import { bytesLeft, type Draft, endPayload } from './draft.ts';
import { extensionHeaders, extensionSize, isExtension } from './ip-protocols.ts';
import type { Ip6Header } from './packet.ts';

/** More extension headers than anybody sends: what is behind them is not looked into. */
const mostExtensions = 32;

/**
 * Takes an IPv6 header apart (RFC 8200), with all extension headers.
 * @param wireEnd as for IPv4.
 * @returns as for IPv4.
 */
export function takeIp6(draft: Draft, bytes: Uint8Array, wireEnd: number): number | undefined {
  const at = draft.payloadStart;
  const first = longAt(bytes, at);
  if (bytesLeft(draft) < 40 || first >>> 28 !== 6) {
    draft.cut = 'ip6';
    return undefined;
  }
  const header: { -readonly [field in keyof Ip6Header]: Ip6Header[field] } = {
    type: 'ip6',
    source: ip6At(bytes, at + 8),
    destination: ip6At(bytes, at + 24),
    protocol: bytes[at + 6] ?? 0,
    length: shortAt(bytes, at + 4),
    hopLimit: bytes[at + 7] ?? 0,
    trafficClass: (first >>> 20) & 0xff,
    flowLabel: first & 0xf_ffff,
    id: undefined,
    moreFragments: false,
    fragmentOffset: 0,
  };
  draft.network = header;
  draft.payloadStart = at + 40;
  if (header.length === 0 && header.protocol === extensionHeaders.hopByHop) header.length = jumboLength(draft, bytes);
  // the kernel leaves 0 where a packet is longer than can be said here, and is cut later
  const isAll = header.length === 0 && header.protocol !== extensionHeaders.none;
  const end = isAll ? wireEnd : at + 40 + header.length;
  endPayload(draft, end);
  return takeExtensions(draft, header, bytes) ? end : undefined;
}

type Taken = { -readonly [field in 'protocol' | 'id' | 'moreFragments' | 'fragmentOffset']: Ip6Header[field] };

/** @returns whether what is behind them is the beginning of what they hold */
function takeExtensions(draft: Draft, header: Taken, bytes: Uint8Array): boolean {
  for (let count = 0; isExtension(header.protocol); count += 1) {
    const at = draft.payloadStart;
    const size = bytesLeft(draft) < 8 ? 8 : extensionSize(header.protocol, bytes[at + 1] ?? 0);
    if (bytesLeft(draft) < size) {
      draft.cut = 'ip6';
      draft.payloadStart = draft.payloadEnd;
      return false;
    }
    if (count === mostExtensions) return false;
    const isFragment = header.protocol === extensionHeaders.fragment;
    header.protocol = bytes[at] ?? 0;
    draft.payloadStart = at + size;
    if (!isFragment) continue;
    const fragment = shortAt(bytes, at + 2);
    header.id = longAt(bytes, at + 4);
    header.moreFragments = (fragment & 1) !== 0;
    header.fragmentOffset = fragment & 0xfff8;
    if (header.fragmentOffset !== 0) return false;
  }
  return true;
}

/** What the option of RFC 2675 says, in a header that begins at the payload; 0 where there is none. */
function jumboLength({ payloadStart, payloadEnd }: Draft, bytes: Uint8Array): number {
  const end = Math.min(payloadEnd, payloadStart + 8 + 8 * (bytes[payloadStart + 1] ?? 0));
  for (let at = payloadStart + 2; at + 6 <= end; ) {
    const type = bytes[at];
    if (type === 0xc2) return longAt(bytes, at + 2);
    at += type === 0 ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return 0;
}
