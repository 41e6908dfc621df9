import { type Packet, TCP, type TcpHeader } from '../decode/packet.ts';
import type { Frame } from '../frame.ts';
import { dateText } from './frame-times.ts';
import { visibleJson } from './printable.ts';

/**
 * A packet as one line of JSON, without a newline at the end. What is not known or not there is left out. Its fields:
 * - `time`: RFC 3339 with nanoseconds, in UTC; `interface`: its name; `direction`: `in` or `out`, seen from the namespace;
 * - `length`: bytes on the wire; `captured`: how many of them there are;
 * - `link`: `source`, `destination` (hardware addresses), `etherType` (a number), `vlans` (identifiers, the outermost first);
 * - `network`: `type`: `ip4`, `ip6` or `arp`; of IP `source`, `destination`, `protocol` (a number), `length`, `ttl` or `hopLimit`, `trafficClass`, `id`,
 *   `flowLabel`, `doNotFragment`, `moreFragments`, `fragmentOffset` (bytes); of ARP `operation`, `senderMac`, `senderIp`, `targetMac`, `targetIp`;
 * - `transport`: `type`: `tcp`, `udp`, `icmp`, `icmp6` or `other`; of TCP and UDP `sourcePort`, `destinationPort`, `payload` (bytes on the wire); of TCP
 *   `sequence` and `acknowledgement` (as they are in the header), `flags` (`["SYN","ACK"]`), `window`, `urgent`, `options` (`name`, and `value`, `echo`
 *   or `blocks`); of ICMP `kind`, `code`, `words`, `id`, `sequence`; of others `protocol`;
 * - `application`: `type`: `dns`, `http-request`, `http-response`, `tls`, `redis` or `postgres`, and what it says, as `decode/packet.ts` describes it;
 * - `cut`: which header was not captured as a whole, or is not valid.
 */
export function packetJson(frame: Frame, packet: Packet): string {
  const { link, network, transport, application, cut } = packet;
  const name = frame.interface.name;
  return visibleJson({
    time: dateText(frame.seconds, frame.nanoseconds),
    interface: name === '' ? undefined : name,
    direction: frame.direction,
    length: frame.length,
    captured: frame.end - frame.start,
    link,
    network,
    transport: transport?.type === 'tcp' ? tcpFields(transport) : transport,
    application,
    cut,
  });
}

const flagNames = Object.entries(TCP);

function tcpFields(tcp: TcpHeader): Record<string, unknown> {
  return { ...tcp, flags: flagNames.filter(([, flag]) => (tcp.flags & flag) !== 0).map(([flag]) => flag) };
}
