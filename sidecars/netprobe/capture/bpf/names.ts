/** A well-known service. */
export interface ServicePort {
  readonly port: number;
  /** Which transports it is known on, by their numbers. */
  readonly transports: readonly number[];
}

/** Transports that have ports, by the word for each. */
export const transportNumbers: Readonly<Record<string, number>> = { sctp: 132, tcp: 6, udp: 17 };

const tcp =
  'ftp-data 20 ftp 21 ssh 22 telnet 23 smtp 25 http 80 www 80 pop3 110 sunrpc 111 nntp 119 imap2 143 imap 143 bgp 179 submissions 465 submission 587 ldap 389 ldaps 636 microsoft-ds 445 rsync 873 ftps-data 989 ftps 990 imaps 993 pop3s 995 ms-sql-s 1433 nfs 2049 mysql 3306 ms-wbt-server 3389 svn 3690 epmd 4369 postgresql 5432 postgres 5432 amqp 5672 amqps 5671 x11 6000 redis 6379 http-alt 8080 webcache 8080 git 9418 memcached 11211 mongodb 27017 etcd-client 2379 etcd-server 2380 kafka 9092 mqtt 1883 secure-mqtt 8883 elasticsearch 9200 nats 4222';
const udp =
  'bootps 67 bootpc 68 tftp 69 ntp 123 netbios-ns 137 netbios-dgm 138 snmp 161 snmp-trap 162 isakmp 500 syslog 514 dhcpv6-client 546 dhcpv6-server 547 openvpn 1194 vxlan 4789 mdns 5353 geneve 6081 wireguard 51820';
const both = 'domain 53 kerberos 88 https 443 domain-s 853 radius 1812 sip 5060 sip-tls 5061 stun 3478';

const services = (transports: readonly number[], pairs: string) =>
  [...pairs.matchAll(/(\S+) (\d+)/g)].map(([, name = '', port]) => [name, { port: Number(port), transports }] as const);

/** Ports that have a name. An image has no /etc/services, so these are all. */
export const servicePorts: ReadonlyMap<string, ServicePort> = new Map([
  ...services([6], tcp),
  ...services([17], udp),
  ...services([6, 17], both),
]);

const numbered = (pairs: string) =>
  new Map([...pairs.matchAll(/(\S+) (\S+)/g)].map(([, name = '', value]) => [name, Number(value)]));

/** Protocols above IP that have a name, as in /etc/protocols. */
export const ipProtocolNumbers: ReadonlyMap<string, number> = numbered(
  'hopopt 0 icmp 1 igmp 2 ipencap 4 tcp 6 egp 8 igp 9 udp 17 dccp 33 ipv6 41 ipv6-route 43 ipv6-frag 44 rsvp 46 gre 47 esp 50 ah 51 ipv6-icmp 58 icmp6 58 ipv6-nonxt 59 ipv6-opts 60 eigrp 88 ospf 89 ipip 94 etherip 97 pim 103 vrrp 112 l2tp 115 sctp 132 udplite 136',
);

/** Protocols above the link that have a name: an EtherType, or up to 1500 a service access point of LLC. */
export const etherTypes: ReadonlyMap<string, number> = numbered(
  'ip 0x0800 arp 0x0806 rarp 0x8035 ip6 0x86dd atalk 0x809b aarp 0x80f3 decnet 0x6003 lat 0x6004 sca 0x6007 moprc 0x6002 mopdl 0x6001 loopback 0x9000 slow 0x8809 lldp 0x88cc iso 0xfe stp 0x42 ipx 0xe0 netbeui 0xf0',
);

/** What a protocol of IP that has a word of its own is looked for in, and its number. */
export const protocolsOfWords: Readonly<Record<string, { readonly versions: readonly (4 | 6)[]; readonly value: number }>> = {
  tcp: { versions: [4, 6], value: 6 },
  udp: { versions: [4, 6], value: 17 },
  sctp: { versions: [4, 6], value: 132 },
  icmp: { versions: [4], value: 1 },
  igmp: { versions: [4], value: 2 },
  igrp: { versions: [4], value: 9 },
  pim: { versions: [4, 6], value: 103 },
  vrrp: { versions: [4], value: 112 },
  carp: { versions: [4], value: 112 },
  icmp6: { versions: [6], value: 58 },
  ah: { versions: [4, 6], value: 51 },
  esp: { versions: [4, 6], value: 50 },
};
