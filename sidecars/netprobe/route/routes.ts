import { aligned, attributes, type Received } from '#shared/linux/netlink/message.ts';
import { bits, familyOf, ip, word } from './rtnetlink.ts';
import { scopeName } from './scopes.ts';

/** One hop of a route: where packets go next. */
export interface Hop {
  /** Whom they are given to; empty where the destination is on the link itself. */
  readonly gateway: string;
  /** The index of the interface that they leave by; 0 where there is none. */
  readonly link: number;
  /** Its share beside the other hops. */
  readonly weight: number;
  /** In the words of ip(8): `onlink`, `linkdown`, `dead`. */
  readonly flags: readonly string[];
}

/** A route of the namespace. */
export interface Route {
  readonly family: 4 | 6;
  /** `10.0.0.0/8`, an address alone where all its bits count, or `default`. */
  readonly destination: string;
  /** What becomes of packets: `unicast`, or `local`, `blackhole`, `unreachable`, `prohibit`, …. */
  readonly type: string;
  /** One, or more of them that share the packets; none for a `blackhole`. */
  readonly hops: readonly Hop[];
  /** Among several for one destination the lowest counts. Undefined where none was given. */
  readonly metric: number | undefined;
  /** The number of its table: 254 is `main`, 255 `local`. */
  readonly table: number;
  /** Who made it: `kernel`, `boot`, `static`, `ra`, `dhcp`. */
  readonly protocol: string;
  readonly scope: string;
  /** The address that packets get as their own; empty where that is chosen otherwise. */
  readonly source: string;
  /** Which routers are preferred (RFC 4191): `low`, `medium`, `high`; empty for IPv4. */
  readonly preference: string;
}

/** The table that routes are in unless another one is named. */
export const mainTable = 254;

/** sizeof(struct rtmsg), and where its fields are, in bytes: linux/rtnetlink.h. */
export const rtmsg = { size: 12, family: 0, prefix: 1, table: 4, protocol: 5, scope: 6, type: 7, flags: 8 } as const;

/** struct rtnexthop, linux/rtnetlink.h. */
const rtnexthop = { size: 8, length: 0, flags: 2, hops: 3, link: 4 } as const;

/** struct rtvia, linux/rtnetlink.h: a gateway of the other family. */
const rtvia = { address: 2 } as const;

/** linux/rtnetlink.h. */
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, PREFSRC: 7, MULTIPATH: 9, TABLE: 15, VIA: 18, PREF: 20 } as const;

/** A route that the kernel made of another one for one destination: no route of a table. */
const RTM_F_CLONED = 0x200;

/** RTN_*, linux/rtnetlink.h. */
const types = [
  'none',
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const;

/** RTPROT_*, linux/rtnetlink.h. */
const protocols: Readonly<Record<number, string>> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  11: 'zebra',
  12: 'bird',
  16: 'dhcp',
  18: 'keepalived',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  192: 'eigrp',
};

/** RTNH_F_*, linux/rtnetlink.h. */
const hopFlags = [
  [0x01, 'dead'],
  [0x04, 'onlink'],
  [0x02, 'pervasive'],
  [0x08, 'offload'],
  [0x10, 'linkdown'],
  [0x20, 'unresolved'],
] as const;

/** ICMPV6_ROUTER_PREF_*, linux/icmpv6.h. */
const preferences = ['medium', 'high', '', 'low'] as const;

/** Decodes RTM_NEWROUTE or RTM_DELROUTE; undefined for one that is cut off, or that is not of a table of routes. */
export function decodeRoute(received: Received, from: number, end: number): Route | undefined {
  const { bytes } = received;
  const family = familyOf(bytes[from + rtmsg.family]);
  const flags = word(received, from + rtmsg.flags, end);
  if (end - from < rtmsg.size || family === undefined || (flags & RTM_F_CLONED) !== 0) return undefined;
  const prefix = bytes[from + rtmsg.prefix] ?? 0;
  let [address, gateway, source, preference] = ['', '', '', ''];
  let [link, table] = [0, bytes[from + rtmsg.table] ?? 0];
  let metric: number | undefined;
  let hops: Hop[] = [];
  attributes(received, from + rtmsg.size, end, (attribute, at, to) => {
    if (attribute === RTA.DST) address = ip(received, at, to);
    else if (attribute === RTA.GATEWAY) gateway = ip(received, at, to);
    else if (attribute === RTA.VIA) gateway = ip(received, at + rtvia.address, to);
    else if (attribute === RTA.OIF) link = word(received, at, to);
    else if (attribute === RTA.PRIORITY) metric = word(received, at, to);
    else if (attribute === RTA.PREFSRC) source = ip(received, at, to);
    else if (attribute === RTA.TABLE) table = word(received, at, to);
    else if (attribute === RTA.PREF && at < to) preference = preferences[bytes[at] ?? 0] ?? '';
    else if (attribute === RTA.MULTIPATH) hops = decodeHops(received, at, to);
  });
  if (hops.length === 0 && (link !== 0 || gateway !== '')) hops = [{ gateway, link, weight: 1, flags: bits(flags, hopFlags) }];
  return {
    family,
    destination: destinationOf(family, address, prefix),
    type: types[bytes[from + rtmsg.type] ?? 0] ?? String(bytes[from + rtmsg.type]),
    hops,
    metric,
    table,
    protocol: protocols[bytes[from + rtmsg.protocol] ?? 0] ?? String(bytes[from + rtmsg.protocol]),
    scope: scopeName(bytes[from + rtmsg.scope] ?? 0),
    source,
    preference,
  };
}

function decodeHops(received: Received, from: number, end: number): Hop[] {
  const { bytes, halves } = received;
  const hops: Hop[] = [];
  for (let at = from; at + rtnexthop.size <= end; ) {
    const length = halves[(at + rtnexthop.length) >> 1] ?? 0;
    if (length < rtnexthop.size || at + length > end) break;
    let gateway = '';
    attributes(received, at + rtnexthop.size, at + length, (attribute, start, stop) => {
      if (attribute === RTA.GATEWAY) gateway = ip(received, start, stop);
      else if (attribute === RTA.VIA) gateway = ip(received, start + rtvia.address, stop);
    });
    hops.push({
      gateway,
      link: word(received, at + rtnexthop.link, end),
      weight: (bytes[at + rtnexthop.hops] ?? 0) + 1,
      flags: bits(bytes[at + rtnexthop.flags] ?? 0, hopFlags),
    });
    at += aligned(length);
  }
  return hops;
}

function destinationOf(family: 4 | 6, address: string, prefix: number): string {
  if (prefix === 0) return 'default';
  const whole = family === 4 ? 32 : 128;
  return prefix === whole ? address : `${address}/${prefix}`;
}
