import { linkTypes } from './frame.ts';

/**
 * What of a packet is kept: all of it; its headers up to TCP, UDP or ICMP, and as many zeros as there was payload; or those headers alone.
 */
export type Privacy = 'all' | 'mask' | 'headers';

/** linux/if_ether.h. */
const ETH_P = {
  IP: 0x0800,
  ARP: 0x0806,
  BRIDGED: 0x6558,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  VLAN_OF_PROVIDER: 0x88a8,
  VLAN_OLD: 0x9100,
} as const;

/** https://www.iana.org/assignments/protocol-numbers */
const IPPROTO = {
  HOPOPTS: 0,
  ICMP: 1,
  IPIP: 4,
  TCP: 6,
  UDP: 17,
  IPV6: 41,
  ROUTING: 43,
  FRAGMENT: 44,
  GRE: 47,
  ESP: 50,
  AH: 51,
  ICMPV6: 58,
  DSTOPTS: 60,
  SCTP: 132,
  MOBILITY: 135,
} as const;

/** So many headers inside of each other are looked at: nobody has more, and what is made to have them takes no longer. */
const deepest = 16;

/**
 * Where the headers of a frame end and what people send each other begins: behind TCP, UDP, ICMP or SCTP, also inside of VLANs, of IP in IP and
 * GRE, and of the packet that an ICMP error is about. ARP and the discovery of neighbours are headers as a whole. A header that is cut off stays as
 * far as it goes. What is not known, or makes no sense, ends it: the end of what was understood.
 * @param linkType what the frame begins with, one of LINKTYPE_
 * @returns a place from `start` to `end`
 */
export function headerEnd(bytes: Uint8Array, start: number, end: number, linkType: number): number {
  const { ethernet, rawIp, linuxCooked, linuxCooked2 } = linkTypes;
  // linux/sll.h and LINKTYPE_LINUX_SLL2
  if (linkType === ethernet) return ofEthernet(bytes, start, end, deepest);
  if (linkType === rawIp) return ofVersion(bytes, start, end, deepest);
  if (linkType === linuxCooked && start + 16 <= end) return ofType(bytes, half(bytes, start + 14), start + 16, end, deepest);
  if (linkType === linuxCooked2 && start + 20 <= end) return ofType(bytes, half(bytes, start), start + 20, end, deepest);
  return start;
}

function half(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function ofEthernet(bytes: Uint8Array, start: number, end: number, depth: number): number {
  if (start + 14 > end) return end;
  return ofType(bytes, half(bytes, start + 12), start + 14, end, depth);
}

/** @param type what is at `at`, as Ethernet numbers it */
function ofType(bytes: Uint8Array, type: number, at: number, end: number, depth: number): number {
  let [next, from] = [type, at];
  while (next === ETH_P.VLAN || next === ETH_P.VLAN_OF_PROVIDER || next === ETH_P.VLAN_OLD) {
    if (from + 4 > end) return end;
    next = half(bytes, from + 2);
    from += 4;
  }
  if (next === ETH_P.ARP) return end;
  return next === ETH_P.IP || next === ETH_P.IPV6 ? ofVersion(bytes, from, end, depth) : from;
}

/** What is an IP header, by its first four bits. */
function ofVersion(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const version = at < end ? (bytes[at] ?? 0) >> 4 : 0;
  if (depth === 0) return at;
  return version === 4 ? ofIpv4(bytes, at, end, depth - 1) : version === 6 ? ofIpv6(bytes, at, end, depth - 1) : at;
}

/** RFC 791. */
function ofIpv4(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const length = ((bytes[at] ?? 0) & 15) * 4;
  if (length < 20) return at;
  // of a fragment that is not the first all is payload
  if (at + length > end || (half(bytes, at + 6) & 0x1fff) !== 0) return Math.min(at + length, end);
  const total = half(bytes, at + 2);
  // behind it there is what fills up a frame; 0 is that of a packet which the kernel has not cut yet
  const last = total === 0 ? end : Math.min(end, Math.max(at + total, at + length));
  return ofProtocol(bytes, bytes[at + 9] ?? 0, at + length, last, depth);
}

/** RFC 8200. */
function ofIpv6(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (at + 40 > end) return end;
  const length = half(bytes, at + 4);
  const last = length === 0 ? end : Math.min(end, at + 40 + length);
  let [next, from] = [bytes[at + 6] ?? 0, at + 40];
  for (;;) {
    const isExtension =
      next === IPPROTO.HOPOPTS || next === IPPROTO.ROUTING || next === IPPROTO.DSTOPTS || next === IPPROTO.MOBILITY;
    if (!isExtension && next !== IPPROTO.FRAGMENT) return ofProtocol(bytes, next, from, last, depth);
    const size = next === IPPROTO.FRAGMENT ? 8 : ((bytes[from + 1] ?? 0) + 1) * 8;
    if (from + size > last) return last;
    if (next === IPPROTO.FRAGMENT && half(bytes, from + 2) >> 3 !== 0) return from + size;
    next = bytes[from] ?? 0;
    from += size;
  }
}

/** @param protocol what is at `at`, as IP numbers it */
function ofProtocol(bytes: Uint8Array, protocol: number, at: number, end: number, depth: number): number {
  if (protocol === IPPROTO.TCP) return ofTcp(bytes, at, end);
  if (protocol === IPPROTO.UDP || protocol === IPPROTO.ESP) return behind(at, 8, end);
  if (protocol === IPPROTO.ICMP) return ofIcmp(bytes, at, end, depth);
  if (protocol === IPPROTO.ICMPV6) return ofIcmpv6(bytes, at, end, depth);
  if (protocol === IPPROTO.IPIP || protocol === IPPROTO.IPV6) return ofVersion(bytes, at, end, depth);
  if (protocol === IPPROTO.GRE) return ofGre(bytes, at, end, depth);
  if (protocol === IPPROTO.SCTP) return behind(at, 12, end);
  if (protocol === IPPROTO.AH) return ofAuthentication(bytes, at, end, depth);
  return at;
}

/** Behind a header of so many bytes. */
function behind(at: number, size: number, end: number): number {
  return Math.min(at + size, end);
}

/** RFC 9293. */
function ofTcp(bytes: Uint8Array, at: number, end: number): number {
  // packets that ICMP tells of are cut behind their ports
  if (at + 20 > end) return end;
  const length = ((bytes[at + 12] ?? 0) >> 4) * 4;
  return length < 20 ? at : behind(at, length, end);
}

/** RFC 792: those that tell of an error have the beginning of the packet that it is about. */
function ofIcmp(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const from = behind(at, 8, end);
  const type = bytes[at] ?? 0;
  const isError = type === 3 || type === 4 || type === 5 || type === 11 || type === 12;
  return isError ? ofVersion(bytes, from, end, depth) : from;
}

/** RFC 4443; RFC 3810 and 4861: groups and neighbours. */
function ofIcmpv6(bytes: Uint8Array, at: number, end: number, depth: number): number {
  if (at >= end) return at;
  const type = bytes[at] ?? 0;
  const isOfLink = (type >= 130 && type <= 137) || type === 143;
  if (isOfLink) return end;
  const from = behind(at, 8, end);
  return type < 128 ? ofVersion(bytes, from, end, depth) : from;
}

/** RFC 2784 and 2890: a checksum, a key and a number may follow, by the bits that tell of them. */
function ofGre(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const flags = half(bytes, at);
  const words = 1 + (flags >> 15) + ((flags >> 13) & 1) + ((flags >> 12) & 1);
  const from = behind(at, 4 * words, end);
  // another version is that of PPTP
  if ((flags & 7) !== 0 || depth === 0) return from;
  const type = half(bytes, at + 2);
  return type === ETH_P.BRIDGED ? ofEthernet(bytes, from, end, depth - 1) : ofType(bytes, type, from, end, depth);
}

/** RFC 4302. */
function ofAuthentication(bytes: Uint8Array, at: number, end: number, depth: number): number {
  const from = at + ((bytes[at + 1] ?? 0) + 2) * 4;
  if (from >= end || depth === 0) return Math.min(from, end);
  return ofProtocol(bytes, bytes[at] ?? 0, from, end, depth - 1);
}
