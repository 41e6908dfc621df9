import { type Packet, TCP } from '../decode/packet.ts';

/** One side of a conversation. */
export interface FlowEnd {
  /** Of IP; of the link where there is no IP; empty where there is neither. */
  readonly address: string;
  /** Undefined where the protocol has none. */
  readonly port: number | undefined;
}

/** Between whom a packet is, in which protocol. */
export interface FlowEnds {
  /** `tcp`, `udp`, `icmp`, `arp`, `igmp`, `ip-proto-200`, `0x88cc` for what is no IP; `unknown` where nothing tells. */
  readonly protocol: string;
  readonly source: FlowEnd;
  readonly destination: FlowEnd;
  /** Whether the source is the one who asked for the conversation; undefined where this packet does not tell. */
  readonly isClient: boolean | undefined;
}

/** Names of IANA's Assigned Internet Protocol Numbers that are met in networks. */
const protocols: Readonly<Record<number, string>> = {
  ...{ 1: 'icmp', 2: 'igmp', 4: 'ipip', 6: 'tcp', 17: 'udp', 33: 'dccp', 41: 'ipv6', 47: 'gre', 50: 'esp', 51: 'ah' },
  ...{ 58: 'icmp6', 89: 'ospf', 103: 'pim', 112: 'vrrp', 115: 'l2tp', 132: 'sctp', 136: 'udplite' },
};

/** Ports from here on are those that clients get by themselves (net.ipv4.ip_local_port_range as Linux has it). */
const ephemeral = 32_768;

/** Tells between whom a packet is. */
export function flowEnds({ link, network, transport, application }: Packet): FlowEnds {
  if (network === undefined) {
    const protocol =
      link === undefined ? 'unknown' : link.etherType < 1536 ? 'llc' : `0x${link.etherType.toString(16).padStart(4, '0')}`;
    return { protocol, source: end(link?.source ?? ''), destination: end(link?.destination ?? ''), isClient: undefined };
  }
  if (network.type === 'arp') {
    const { senderIp, targetIp, operation } = network;
    return { protocol: 'arp', source: end(senderIp), destination: end(targetIp), isClient: operation === 1 ? true : undefined };
  }
  const { source, destination } = network;
  if (transport === undefined || transport.type === 'other') {
    const protocol = protocols[network.protocol] ?? `ip-proto-${network.protocol}`;
    return { protocol, source: end(source), destination: end(destination), isClient: undefined };
  }
  if ('kind' in transport) {
    const echo = transport.id === undefined ? undefined : echoKinds[transport.kind];
    return { protocol: transport.type, source: end(source), destination: end(destination), isClient: echo };
  }
  const { type, sourcePort, destinationPort } = transport;
  const ends = { protocol: type, source: end(source, sourcePort), destination: end(destination, destinationPort) };
  if (type === 'tcp') {
    const isSyn = (transport.flags & (TCP.SYN | TCP.RST)) === TCP.SYN;
    return { ...ends, isClient: isSyn ? (transport.flags & TCP.ACK) === 0 : undefined };
  }
  return { ...ends, isClient: application?.type === 'dns' ? !application.isResponse : undefined };
}

/**
 * Guesses whether the first packet of a conversation that was seen comes from the client, where the packet does not tell: a port that no client gets
 * by itself is that of a server, as is the lower one of two such ports.
 */
export function seemsClient({ port: from = 0 }: FlowEnd, { port: to = 0 }: FlowEnd): boolean {
  return from < ephemeral || to < ephemeral ? from >= to : true;
}

/** Whether a kind of ICMP is an echo request, or a reply (RFC 792, RFC 4443). */
const echoKinds: Readonly<Record<number, boolean>> = { 8: true, 0: false, 128: true, 129: false };

function end(address: string, port?: number): FlowEnd {
  return { address, port };
}
