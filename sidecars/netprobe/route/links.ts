import { attributes, type Received } from '#shared/linux/netlink/message.ts';
import { bits, ip, long, mac, text, word } from './rtnetlink.ts';

/** An interface of the namespace. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** What made it: `veth`, `bridge`; empty for `lo` and for hardware. */
  readonly kind: string;
  /** What it carries: `ether`, `loopback`, `none`. */
  readonly type: string;
  /** In the words of ip(8): `UP`, `LOWER_UP`, `NO-CARRIER`. */
  readonly flags: readonly string[];
  /** Whether it was turned on. */
  readonly up: boolean;
  /** Whether it can carry: its carrier is there. */
  readonly running: boolean;
  /** What it says of itself (RFC 2863): `UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN`. */
  readonly state: string;
  readonly mtu: number;
  /** Its address on its own layer; that of a tunnel is the IP address of its end. Empty where it has none. */
  readonly mac: string;
  /** The index of the bridge or bond that it belongs to; 0 where there is none. */
  readonly master: number;
  /** The index of the link below or across: the other end of a veth, perhaps in another namespace. 0 where there is none. */
  readonly peer: number;
  /** Whether {@link peer} is in another namespace. */
  readonly peerElsewhere: boolean;
  readonly received: Traffic;
  readonly sent: Traffic;
}

/** What went through an interface in one direction since it was made. */
export interface Traffic {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly drops: number;
}

/** sizeof(struct ifinfomsg), and where its fields are, in bytes: linux/rtnetlink.h. */
export const ifinfomsg = { size: 16, family: 0, type: 2, index: 4, flags: 8, change: 12 } as const;

/** linux/if_link.h. */
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  OPERSTATE: 16,
  LINKINFO: 18,
  STATS64: 23,
  LINK_NETNSID: 37,
} as const;
const IFLA_INFO_KIND = 1;

/** struct rtnl_link_stats64, linux/if_link.h: where its fields are, in bytes. */
const stats64 = {
  received: { packets: 0, bytes: 16, errors: 32, drops: 48 },
  sent: { packets: 8, bytes: 24, errors: 40, drops: 56 },
} as const;

const IFF_UP = 1;
const IFF_RUNNING = 0x40;
/** linux/if.h, in the order of ip(8). */
const flagNames = [
  [8, 'LOOPBACK'],
  [2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [IFF_UP, 'UP'],
  [0x10000, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
] as const;

/** IF_OPER_*, linux/if.h. */
const states = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'] as const;

/** ARPHRD_*, linux/if_arp.h: those that containers have. */
const types: Readonly<Record<number, string>> = {
  1: 'ether',
  32: 'infiniband',
  512: 'ppp',
  768: 'ipip',
  769: 'tunnel6',
  772: 'loopback',
  776: 'sit',
  778: 'gre',
  823: 'gre6',
  65534: 'none',
};
/** Tunnels, whose address is an IP address. */
const tunnels = [768, 769, 776, 778, 823];

const none: Traffic = { bytes: 0, packets: 0, errors: 0, drops: 0 };

/** Decodes RTM_NEWLINK or RTM_DELLINK; undefined for one that is cut off, or that tells of the port of a bridge. */
export function decodeLink(received: Received, from: number, end: number): Link | undefined {
  const { bytes, halves } = received;
  // where a port leaves its bridge there is a DELLINK of the family of bridges, and the link is still there
  if (end - from < ifinfomsg.size || bytes[from + ifinfomsg.family] !== 0) return undefined;
  const flags = word(received, from + ifinfomsg.flags, end);
  const type = halves[(from + ifinfomsg.type) >> 1] ?? 0;
  let name = '';
  let kind = '';
  let state: string = states[0];
  let address = '';
  let [mtu, master, peer, elsewhere] = [0, 0, 0, false];
  let traffic: Record<keyof typeof stats64, Traffic> = { received: none, sent: none };
  attributes(received, from + ifinfomsg.size, end, (attribute, at, to) => {
    if (attribute === IFLA.IFNAME) name = text(received, at, to);
    else if (attribute === IFLA.ADDRESS) address = (tunnels.includes(type) ? ip : mac)(received, at, to);
    else if (attribute === IFLA.MTU) mtu = word(received, at, to);
    else if (attribute === IFLA.LINK) peer = word(received, at, to);
    else if (attribute === IFLA.LINK_NETNSID) elsewhere = true;
    else if (attribute === IFLA.MASTER) master = word(received, at, to);
    else if (attribute === IFLA.OPERSTATE && at < to) state = states[bytes[at] ?? 0] ?? states[0];
    else if (attribute === IFLA.STATS64)
      traffic = { received: readTraffic(received, at, to, 'received'), sent: readTraffic(received, at, to, 'sent') };
    else if (attribute === IFLA.LINKINFO)
      attributes(received, at, to, (inner, start, stop) => {
        if (inner === IFLA_INFO_KIND) kind = text(received, start, stop);
      });
  });
  const up = (flags & IFF_UP) !== 0;
  const running = (flags & IFF_RUNNING) !== 0;
  return {
    index: word(received, from + ifinfomsg.index, end),
    name,
    kind,
    type: types[type] ?? `[${type}]`,
    flags: [...(up && !running ? ['NO-CARRIER'] : []), ...bits(flags, flagNames)],
    up,
    running,
    state,
    mtu,
    mac: address,
    master,
    peer,
    peerElsewhere: elsewhere,
    ...traffic,
  };
}

function readTraffic(received: Received, at: number, end: number, way: keyof typeof stats64): Traffic {
  const fields = stats64[way];
  const read = (field: keyof typeof fields) => long(received, at + fields[field], end);
  return { bytes: read('bytes'), packets: read('packets'), errors: read('errors'), drops: read('drops') };
}
