/** Protocols that a filter may name, beside the link (`ether`, `link`). */
export const protocolWords: ReadonlySet<string> = new Set([
  ...['ether', 'link', 'ip', 'ip6', 'arp', 'rarp', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'igmp', 'igrp', 'pim', 'vrrp', 'carp'],
  ...['ah', 'esp', 'atalk', 'aarp', 'decnet', 'lat', 'sca', 'moprc', 'mopdl', 'iso', 'stp', 'ipx', 'netbeui'],
]);

/** Words that say which address or port, and what an identifier is. */
export const qualifierWords: ReadonlySet<string> = new Set(['src', 'dst', 'host', 'net', 'port', 'portrange', 'proto']);

/** All words that mean something, and are names of nothing unless a backslash stands before them. */
export const filterWords: ReadonlySet<string> = new Set([
  ...protocolWords,
  ...qualifierWords,
  ...['mask', 'less', 'greater', 'len', 'length', 'broadcast', 'multicast', 'inbound', 'outbound', 'ifindex', 'vlan'],
]);

const refused = (words: string, what: string) => words.split(' ').map((word) => [word, what] as const);

/** Words of pcap-filter(7) that are refused, and why. */
export const refusedWords: ReadonlyMap<string, string> = new Map([
  ...refused('protochain', 'headers are not followed one by one; ask for one of them, such as ip6 proto 6'),
  ...refused('gateway', 'ask for the address of the gateway on the link: ether host 02:00:00:00:00:01'),
  ...refused('byte', 'write ether[OFFSET] = VALUE'),
  ...refused('mpls', 'ask for the frames that carry it: ether proto 0x8847'),
  ...refused('pppoed', 'ask for the frames that carry it: ether proto 0x8863'),
  ...refused('pppoes', 'ask for the frames that carry it: ether proto 0x8864'),
  ...refused('geneve', 'ask for the packets that carry it: udp dst port 6081'),
  ...refused('vxlan', 'ask for the packets that carry it: udp dst port 4789'),
  ...refused('llc', 'ask for its bytes: ether[14]'),
  ...refused('esis es-is isis is-is l1 l2 iih lsp snp csnp psnp clnp', 'ask for iso, which it is a part of'),
  ...refused('fddi tr ppp slip', 'of links there is Ethernet alone: write ether'),
  ...refused(
    'wlan radio type subtype direction dir address1 addr1 address2 addr2 address3 addr3 address4 addr4 ra ta',
    'frames of wireless LANs are not captured',
  ),
  ...refused('lane metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi vci connectmsg metaconnect', 'cells of ATM are not captured'),
  ...refused('fisu lssu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc hdpc hsls', 'messages of SS7 are not captured'),
  ...refused('on ifname rset ruleset rnr rulenum srnr subrulenum reason action', 'it is about the firewall of BSD'),
]);

const icmp6Types =
  'destinationunreach 1 packettoobig 2 timeexceeded 3 parameterproblem 4 echo 128 echoreply 129 multicastlistenerquery 130 multicastlistenerreportv1 131 multicastlistenerdone 132 routersolicit 133 routeradvert 134 neighborsolicit 135 neighboradvert 136 redirect 137 routerrenum 138 nodeinformationquery 139 nodeinformationresponse 140 ineighbordiscoverysolicit 141 ineighbordiscoveryadvert 142 multicastlistenerreportv2 143 homeagentdiscoveryrequest 144 homeagentdiscoveryreply 145 mobileprefixsolicit 146 mobileprefixadvert 147 certpathsolicit 148 certpathadvert 149 multicastrouteradvert 151 multicastroutersolicit 152 multicastrouterterm 153';
const icmpTypes =
  'echoreply 0 unreach 3 sourcequench 4 redirect 5 echo 8 routeradvert 9 routersolicit 10 timxceed 11 paramprob 12 tstamp 13 tstampreply 14 ireq 15 ireqreply 16 maskreq 17 maskreply 18';
const tcpFlags = 'fin 0x01 syn 0x02 rst 0x04 push 0x08 ack 0x10 urg 0x20 ece 0x40 cwr 0x80';

const named = (prefix: string, pairs: string) =>
  [...pairs.matchAll(/(\S+) (\S+)/g)].map(([, name = '', value]) => [`${prefix}-${name}`, Number(value)] as const);

/** Numbers that have a name: offsets of fields, and their values. */
export const namedNumbers: ReadonlyMap<string, number> = new Map([
  ['icmptype', 0],
  ['icmpcode', 1],
  ['icmp6type', 0],
  ['icmp6code', 1],
  ['tcpflags', 13],
  ...named('icmp', icmpTypes),
  ...named('icmp6', icmp6Types),
  ...named('tcp', tcpFlags),
]);
