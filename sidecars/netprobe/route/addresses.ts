import { attributes, type Received } from '#shared/linux/netlink/message.ts';
import { bits, familyOf, ip, text, word } from './rtnetlink.ts';
import { scopeName } from './scopes.ts';

/** An IP address of an interface. */
export interface Address {
  readonly family: 4 | 6;
  /** The index of its interface. */
  readonly link: number;
  readonly address: string;
  /** How many of its bits are those of its network. */
  readonly prefix: number;
  /** The other end of a link from point to point; empty where it has none. */
  readonly peer: string;
  readonly broadcast: string;
  /** How far it is known: `global`, `link`, `host`. */
  readonly scope: string;
  /** What ifconfig(8) calls it; empty for IPv6. */
  readonly label: string;
  /** In the words of ip(8): `permanent`, `dynamic`, `tentative`, `deprecated`, `dadfailed`. */
  readonly flags: readonly string[];
  /** Seconds for which it stays; Infinity where it stays for good. */
  readonly validSeconds: number;
  readonly preferredSeconds: number;
}

/** sizeof(struct ifaddrmsg), and where its fields are, in bytes: linux/if_addr.h. */
export const ifaddrmsg = { size: 8, family: 0, prefix: 1, flags: 2, scope: 3, index: 4 } as const;

/** linux/if_addr.h. */
const IFA = { ADDRESS: 1, LOCAL: 2, LABEL: 3, BROADCAST: 4, CACHEINFO: 6, FLAGS: 8 } as const;

/** struct ifa_cacheinfo, linux/if_addr.h: where its fields are, in bytes. */
const cacheinfo = { preferred: 0, valid: 4 } as const;

const PERMANENT = 0x80;
/** IFA_F_*, linux/if_addr.h; what has no `permanent` is dynamic. */
const flagNames = [
  [0x01, 'secondary'],
  [0x02, 'nodad'],
  [0x04, 'optimistic'],
  [0x08, 'dadfailed'],
  [0x10, 'home'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
  [PERMANENT, 'permanent'],
  [0x100, 'mngtmpaddr'],
  [0x200, 'noprefixroute'],
  [0x400, 'autojoin'],
  [0x800, 'stable-privacy'],
] as const;

const forever = 0xffff_ffff;

/** Decodes RTM_NEWADDR or RTM_DELADDR; undefined for one that is cut off or has no address. */
export function decodeAddress(received: Received, from: number, end: number): Address | undefined {
  const { bytes } = received;
  const family = familyOf(bytes[from + ifaddrmsg.family]);
  if (end - from < ifaddrmsg.size || family === undefined) return undefined;
  let flags = bytes[from + ifaddrmsg.flags] ?? 0;
  let [address, local, broadcast, label] = ['', '', '', ''];
  let [valid, preferred] = [forever, forever];
  attributes(received, from + ifaddrmsg.size, end, (attribute, at, to) => {
    if (attribute === IFA.ADDRESS) address = ip(received, at, to);
    else if (attribute === IFA.LOCAL) local = ip(received, at, to);
    else if (attribute === IFA.BROADCAST) broadcast = ip(received, at, to);
    else if (attribute === IFA.LABEL) label = text(received, at, to);
    else if (attribute === IFA.FLAGS) flags = word(received, at, to);
    else if (attribute === IFA.CACHEINFO) {
      preferred = word(received, at + cacheinfo.preferred, to);
      valid = word(received, at + cacheinfo.valid, to);
    }
  });
  if (address === '' && local === '') return undefined;
  const names = bits(flags, flagNames);
  return {
    family,
    link: word(received, from + ifaddrmsg.index, end),
    // for IPv4 IFA_ADDRESS is the other end where there is one, and else the same
    address: local === '' ? address : local,
    prefix: bytes[from + ifaddrmsg.prefix] ?? 0,
    peer: local === '' || local === address ? '' : address,
    broadcast,
    scope: scopeName(bytes[from + ifaddrmsg.scope] ?? 0),
    label,
    flags: (flags & PERMANENT) === 0 ? [...names, 'dynamic'] : names,
    validSeconds: valid === forever ? Infinity : valid,
    preferredSeconds: preferred === forever ? Infinity : preferred,
  };
}
