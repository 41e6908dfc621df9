/** A packet taken apart. Offsets are in the bytes of its frame. */
export interface Packet {
  /** Undefined on interfaces that carry IP without one. */
  readonly link: LinkHeader | undefined;
  /** Undefined where it is none of these, or its fixed header is cut or not valid. */
  readonly network: Ip4Header | Ip6Header | Arp | undefined;
  /** Undefined where its fixed header is cut or not valid, or this is a later fragment. */
  readonly transport: TcpHeader | UdpHeader | IcmpHeader | OtherHeader | undefined;
  /** What is behind all headers that are understood and was captured: from `payloadStart` to `payloadEnd`, which is behind the last byte. */
  readonly payloadStart: number;
  readonly payloadEnd: number;
  /** What the payload is, where it is known. */
  readonly application: Application | undefined;
  /**
   * Which header was not captured as a whole, or is not valid; undefined where all is well. Nothing behind it is taken apart. Where only its
   * options are concerned, the header is there all the same.
   */
  readonly cut: 'ethernet' | 'sll' | 'vlan' | 'arp' | 'ip' | 'ip6' | 'tcp' | 'udp' | 'icmp' | 'icmp6' | undefined;
}

/** Ethernet II (IEEE 802.3), or what a cooked capture of Linux has instead. */
export interface LinkHeader {
  /** `02:42:ac:11:00:02`; empty where there is none. */
  readonly source: string;
  /** The same; cooked captures have none. */
  readonly destination: string;
  /** That of the content, behind all VLAN tags. Values below 1536 are lengths, of IEEE 802.2. */
  readonly etherType: number;
  /** VLAN identifiers, the outermost first (IEEE 802.1Q). */
  readonly vlans: readonly number[];
}

/** RFC 791. */
export interface Ip4Header {
  readonly type: 'ip4';
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  /** Of the whole packet, in bytes, as the header says. 0 is what the kernel leaves where it cuts packets later. */
  readonly length: number;
  readonly ttl: number;
  readonly trafficClass: number;
  readonly id: number;
  readonly doNotFragment: boolean;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
}

/** RFC 8200; what extension headers say is part of it. */
export interface Ip6Header {
  readonly type: 'ip6';
  readonly source: string;
  readonly destination: string;
  /** What is behind the last extension header. */
  readonly protocol: number;
  /** What is behind the fixed header, in bytes, as it says, or as its jumbogram option says (RFC 2675); 0 is also what the kernel leaves where it cuts packets later. */
  readonly length: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly flowLabel: number;
  /** What its fragment header says; undefined where there is none. */
  readonly id: number | undefined;
  readonly moreFragments: boolean;
  /** In bytes. */
  readonly fragmentOffset: number;
}

/** RFC 826, for IPv4 on Ethernet. */
export interface Arp {
  readonly type: 'arp';
  /** 1 asks, 2 replies; others are RARP's and ATM's. */
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}

/** RFC 9293. */
export interface TcpHeader {
  readonly type: 'tcp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Bits of {@link TCP}. */
  readonly flags: number;
  readonly window: number;
  readonly urgent: number;
  readonly options: readonly TcpOption[];
  /** How much payload there was on the wire, in bytes. */
  readonly payload: number;
}

/** The flags of TCP (RFC 9293, section 3.1; RFC 3168; AE is RFC 9768). */
export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32, ECE: 64, CWR: 128, AE: 256 } as const;

/** RFC 9293 and 7323, 2018; one that is not known has its kind as a name, `opt-254`, and its length without the kind and the length itself. */
export type TcpOption =
  | { readonly name: 'eol' | 'nop' | 'sackOK' }
  | { readonly name: 'mss' | 'wscale'; readonly value: number }
  | { readonly name: 'TS'; readonly value: number; readonly echo: number }
  | { readonly name: 'sack'; readonly blocks: readonly (readonly [number, number])[] }
  | { readonly name: `opt-${number}`; readonly bytes: number };

/** RFC 768. */
export interface UdpHeader {
  readonly type: 'udp';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** How much payload there was on the wire, in bytes. */
  readonly payload: number;
}

/** RFC 792 and 4443. */
export interface IcmpHeader {
  readonly type: 'icmp' | 'icmp6';
  readonly kind: number;
  readonly code: number;
  /** What it says, as tcpdump does, without `ICMP` or `ICMP6`: `echo request, id 1, seq 2`, `10.0.0.9 udp port 53 unreachable`, `neighbor solicitation, who has fe80::1`. */
  readonly words: string;
  /** Of echo requests and replies. */
  readonly id?: number;
  readonly sequence?: number;
}

/** Any other protocol above IP. */
export interface OtherHeader {
  readonly type: 'other';
  readonly protocol: number;
}

/** What applications say to each other, as far as one segment tells. */
export type Application = Dns | HttpRequest | HttpResponse | Tls | Named;

/** RFC 1035. */
export interface Dns {
  readonly type: 'dns';
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`; `RCODE11` where it has no name. */
  readonly code: string;
  /** Authoritative, truncated, recursion desired, recursion available, authentic data, checking disabled. */
  readonly flags: readonly ('aa' | 'tc' | 'rd' | 'ra' | 'ad' | 'cd')[];
  /** `name` is full, with a dot at its end: `example.com.`. `type` is `A`, `AAAA`, or `TYPE65280` where it has no name. */
  readonly questions: readonly { readonly name: string; readonly type: string }[];
  /** Those that were captured, 256 in all at most. */
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** Without that of EDNS. */
  readonly additionals: readonly DnsRecord[];
  /** EDNS, RFC 6891: how large an answer by UDP may be, and whether DNSSEC is asked for; undefined where there is none. */
  readonly edns: { readonly size: number; readonly dnssec: boolean } | undefined;
  /** How many there are, by the header. */
  readonly counts: {
    readonly questions: number;
    readonly answers: number;
    readonly authorities: number;
    readonly additionals: number;
  };
}

/** A record of DNS. */
export interface DnsRecord {
  /** As that of a question is. */
  readonly name: string;
  readonly type: string;
  /** In seconds. */
  readonly ttl: number;
  /** As a zone file has it; RFC 3597 for types without a form of their own. */
  readonly data: string;
}

/** RFC 9112: the first line of a request, and whom it is for. */
export interface HttpRequest {
  readonly type: 'http-request';
  readonly method: string;
  /** As it was sent; bytes beyond ASCII as `%C3%A9`. */
  readonly target: string;
  /** `1.1`; empty where the line goes on behind what was captured. That of HTTP/2 is met in its preface, `PRI * HTTP/2.0`. */
  readonly version: string;
  /** Undefined where there is none in what was captured. */
  readonly host: string | undefined;
}

/** RFC 9112: the first line of a response. */
export interface HttpResponse {
  readonly type: 'http-response';
  /** `1.1` */
  readonly version: string;
  readonly status: number;
  /** `Not Found`; often empty. */
  readonly reason: string;
}

/** RFC 8446. */
export interface Tls {
  readonly type: 'tls';
  /** `client hello`, `server hello`, `alert: handshake failure`, `application data`, `change cipher spec`; several in their order, with commas. */
  readonly message: string;
  /** `1.2`, `1.3`: what a client offers at most, and what a server chose; undefined where that was not captured, and in other messages. */
  readonly version: string | undefined;
  /** SNI, RFC 6066. */
  readonly serverName: string | undefined;
  /** RFC 7301: what is offered, or the one that was chosen. */
  readonly alpn: readonly string[];
}

/** Messages of Redis and PostgreSQL by their names, in their order; never their content. */
export interface Named {
  readonly type: 'redis' | 'postgres';
  /** At most 64. Redis: `GET`, `SET`, `OK`, `error WRONGTYPE`, `bulk of 12 bytes`. PostgreSQL: `Query`, `RowDescription`, `ErrorResponse 42P01`. */
  readonly messages: readonly string[];
}
