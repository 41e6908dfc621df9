import type { Ip4Header, Ip6Header, Packet } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { applicationLine } from './application-line.ts';
import { dnsLine } from './dns-line.ts';
import { protocolName, protocolText } from './ip-protocol-names.ts';
import { ip6Extensions } from './ip6-extensions.ts';
import type { LineOptions } from './line-options.ts';
import { printable } from './printable.ts';
import { tcpLine } from './tcp-line.ts';

/** Where a packet of IP is in its frame, and how long it was on the wire. */
export interface IpPlace {
  readonly start: number;
  /** In bytes; its own header may say 0. */
  readonly length: number;
}

/** A packet of IPv4, as tcpdump has it behind `IP `. */
export function ip4Line(frame: Frame, packet: Packet, ip: Ip4Header, place: IpPlace, how: LineOptions): string {
  const head = how.verbose === true ? ip4Text(ip) : '';
  if (ip.fragmentOffset > 0) return `${head}${ip.source} > ${ip.destination}: ip-proto-${ip.protocol}`;
  const header = ((frame.bytes[place.start] ?? 0) & 15) * 4;
  const length = (ip.length === 0 ? place.length : ip.length) - header;
  return `${head}${contentLine(packet, { ip, extensions: '', length }, how)}`;
}

/** A packet of IPv6, as tcpdump has it behind `IP6 `. */
export function ip6Line(frame: Frame, packet: Packet, ip: Ip6Header, place: IpPlace, how: LineOptions): string {
  const head = how.verbose === true ? ip6Text(frame, ip, place) : '';
  const { text, length: headers } = ip6Extensions(frame, place.start, ip);
  if (ip.fragmentOffset > 0) return `${head}${ip.source} > ${ip.destination}: ${text.trimEnd()}`;
  const length = (ip.length === 0 && ip.protocol !== 59 ? place.length : ip.length + 40) - headers;
  return `${head}${contentLine(packet, { ip, extensions: text, length }, how)}`;
}

/** A packet of IP, and what is between its header and its content. */
interface Carrier {
  readonly ip: Ip4Header | Ip6Header;
  readonly extensions: string;
  /** Of the content, in bytes. */
  readonly length: number;
}

function contentLine(packet: Packet, { ip, extensions, length }: Carrier, how: LineOptions): string {
  const { transport, application } = packet;
  const { source, destination } = ip;
  const verbose = how.verbose === true;
  switch (transport?.type) {
    case 'tcp':
    case 'udp': {
      const from = `${source}.${transport.sourcePort}`;
      const to = `${destination}.${transport.destinationPort}`;
      const ends =
        extensions === ''
          ? `${from} > ${to}: `
          : `${source} > ${destination}: ${extensions}${transport.sourcePort} > ${transport.destinationPort}: `;
      if (transport.type === 'udp') {
        if (application?.type === 'dns' && how.quiet !== true)
          return `${ends}${printable(dnsLine(application, transport.payload, verbose))}`;
        const said = how.quiet === true ? '' : applicationLine(application, transport.payload, verbose);
        return `${ends}UDP, length ${transport.payload}${said}`;
      }
      if (how.quiet === true) return `${ends}tcp ${transport.payload}`;
      return `${ends}${tcpLine(transport, from, to, how.sequences)}${applicationLine(application, transport.payload, verbose)}`;
    }
    case 'icmp':
    case 'icmp6': {
      const name = transport.type === 'icmp' ? 'ICMP ' : 'ICMP6, ';
      return `${source} > ${destination}: ${extensions}${name}${printable(transport.words)}, length ${length}`;
    }
    case 'other': {
      const { protocol } = transport;
      const name = protocolName(protocol);
      const known = name === undefined ? ` ip-proto-${protocol} ${length}` : `${name}, length ${length}`;
      const words = protocol === 59 ? 'no next header' : known;
      return `${source} > ${destination}: ${extensions}${words}`;
    }
    default:
      return `${source} > ${destination}: ${extensions}`.trimEnd();
  }
}

/** `(tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)` and a new line. */
function ip4Text(ip: Ip4Header): string {
  const { trafficClass, ttl, id, fragmentOffset, moreFragments, doNotFragment, protocol, length } = ip;
  const congestion = ['', ',ECT(1)', ',ECT(0)', ',CE'][trafficClass & 3];
  const flags = [moreFragments ? '+' : '', doNotFragment ? 'DF' : ''].filter((flag) => flag !== '').join(', ') || 'none';
  return `(tos 0x${trafficClass.toString(16)}${congestion}${ttl > 0 ? `, ttl ${ttl}` : ''}, id ${id}, offset ${fragmentOffset}, flags [${flags}], proto ${protocolText(protocol)}, length ${length})\n    `;
}

/** `(flowlabel 0x12345, hlim 64, next-header TCP (6) payload length: 40) ` */
function ip6Text(frame: Frame, { trafficClass, flowLabel, hopLimit, length }: Ip6Header, { start }: IpPlace): string {
  const kind = trafficClass === 0 ? '' : `class 0x${trafficClass.toString(16).padStart(2, '0')}, `;
  const flow = flowLabel === 0 ? '' : `flowlabel 0x${flowLabel.toString(16).padStart(5, '0')}, `;
  const next = protocolText(frame.bytes[start + 6] ?? 0);
  return `(${kind}${flow}hlim ${hopLimit}, next-header ${next} payload length: ${length}) `;
}
