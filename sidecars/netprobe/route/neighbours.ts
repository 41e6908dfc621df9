import { attributes, type Received } from '#shared/linux/netlink/message.ts';
import { familyOf, ip, mac, word } from './rtnetlink.ts';

/** A host on the same link, and what is known of how to reach it: an entry of ARP or of IPv6's neighbour discovery. */
export interface Neighbour {
  readonly family: 4 | 6;
  readonly address: string;
  /** Empty where it is not known, as it did not answer. */
  readonly mac: string;
  /** The index of the interface. */
  readonly link: number;
  readonly state: NeighbourState;
  /** Whether it said of itself that it is a router. */
  readonly router: boolean;
}

/** NUD_*, linux/neighbour.h: in the words of ip-neighbour(8). `NONE` is an entry that was not asked for yet. */
export type NeighbourState = (typeof neighbourStates)[number] | 'NONE';

/** The states but NONE, each a bit. `FAILED` did not answer; `NOARP` needs not be asked. */
export const neighbourStates = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT'] as const;

/** sizeof(struct ndmsg), and where its fields are, in bytes: linux/neighbour.h. */
export const ndmsg = { size: 12, family: 0, link: 4, state: 8, flags: 10 } as const;

/** linux/neighbour.h. */
const NDA = { DST: 1, LLADDR: 2 } as const;
const NTF_PROXY = 0x08;
const NTF_ROUTER = 0x80;

/** Decodes RTM_NEWNEIGH or RTM_DELNEIGH; undefined for one that is cut off, or that tells of a bridge or of a host that we answer for. */
export function decodeNeighbour(received: Received, from: number, end: number): Neighbour | undefined {
  const { bytes, halves } = received;
  const family = familyOf(bytes[from + ndmsg.family]);
  const flags = bytes[from + ndmsg.flags] ?? 0;
  if (end - from < ndmsg.size || family === undefined || (flags & NTF_PROXY) !== 0) return undefined;
  let [address, lladdr] = ['', ''];
  attributes(received, from + ndmsg.size, end, (attribute, at, to) => {
    if (attribute === NDA.DST) address = ip(received, at, to);
    else if (attribute === NDA.LLADDR) lladdr = mac(received, at, to);
  });
  if (address === '') return undefined;
  const state = halves[(from + ndmsg.state) >> 1] ?? 0;
  return {
    family,
    address,
    mac: lladdr,
    link: word(received, from + ndmsg.link, end),
    state: neighbourStates.find((_, bit) => (state & (1 << bit)) !== 0) ?? 'NONE',
    router: (flags & NTF_ROUTER) !== 0,
  };
}
