import type { Packet } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { arpLine } from './arp-line.ts';
import { clockText } from './frame-times.ts';
import { ip4Line, ip6Line } from './ip-line.ts';
import type { LineOptions } from './line-options.ts';
import { linkLine } from './link-line.ts';
import { contentLength, contentStart } from './packet-bytes.ts';
import { asciiText, hexText } from './packet-dump.ts';
import { printable } from './printable.ts';

/**
 * A packet in the habit of tcpdump(8), without a newline at the end. It is safe in a terminal, whatever the packet holds.
 *
 * Other than tcpdump: the interface and the way of a packet are told wherever they are known; names of hosts and ports are never looked up (-n);
 * what is told of HTTP, TLS, Redis and PostgreSQL stands behind the length of TCP; TCP options and protocols that nobody takes apart here are named
 * and no more (`opt-30`, `GRE, length 24`); -v does not check checksums, which are not there yet as a packet leaves its host, has one line for ICMP,
 * and all of DNS, as -vvv has.
 */
export function packetLine(frame: Frame, packet: Packet, how: LineOptions): string {
  const { link, network, cut } = packet;
  const { bytes, end, direction } = frame;
  const name = frame.interface.name;
  const start = contentStart(frame, packet);
  const length = contentLength(frame, start);
  const time = how.times?.text(frame) ?? `${clockText(frame.seconds, frame.nanoseconds)} `;
  let text = `${time}${name === '' ? '' : `${printable(name).padEnd(5)} `}`;
  if (direction !== undefined) text += direction === 'in' ? 'In  ' : 'Out ';
  const hasHeader = how.linkHeader === true && link !== undefined;
  if (hasHeader) text += linkLine(frame, link, how.quiet === true);
  switch (network?.type) {
    case 'ip4':
      text += `${hasHeader ? '' : 'IP '}${ip4Line(frame, packet, network, { start, length }, how)}`;
      break;
    case 'ip6':
      text += `${hasHeader ? '' : 'IP6 '}${ip6Line(frame, packet, network, { start, length }, how)}`;
      break;
    case 'arp':
      text += `${hasHeader ? '' : 'ARP, '}${arpLine(network, how.verbose === true)}, length ${length}`;
      break;
    default:
      text += unknownLine(frame, packet, hasHeader, how);
  }
  if (cut !== undefined) text += ` [|${cut}]`;
  if (how.hex === true) return start < end ? `${text}${hexText(bytes, start, end)}` : text;
  return how.ascii === true && start < end ? `${text}${asciiText(bytes, start, end)}` : text;
}

/** What nobody takes apart: its link, and its content in hexadecimal. */
function unknownLine(frame: Frame, packet: Packet, hasHeader: boolean, how: LineOptions): string {
  const { link, cut } = packet;
  const { bytes, end, length } = frame;
  if (cut !== undefined) return `length ${length}`;
  const head =
    link === undefined ? `link type ${frame.interface.linkType}, length ${length}: ` : linkLine(frame, link, how.quiet === true);
  const isTold = how.hex === true || how.quiet === true;
  const content = isTold ? '' : hexText(bytes, contentStart(frame, packet), end);
  return `${hasHeader ? '' : head}${content}`;
}
