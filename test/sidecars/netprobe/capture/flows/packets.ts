// Packets as a decoder tells them, and frames around them.
import type {
  Application,
  Ip4Header,
  Packet,
  TcpHeader,
  UdpHeader,
} from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import type { FlowTable } from '../../../../../sidecars/netprobe/capture/flows/flow-table.ts';
import type { Frame } from '../../../../../sidecars/netprobe/capture/frame.ts';

/** When all tests begin, in seconds since 1970. */
export const dawn = 1_700_000_000;

/** @param time in microseconds after the beginning. */
export function frame(time: number, length = 100, more: Partial<Frame> = {}): Frame {
  const seconds = Math.floor(time / 1e6);
  return {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    length,
    seconds: dawn + seconds,
    nanoseconds: Math.round((time - seconds * 1e6) * 1000),
    interface: { id: 0, name: 'eth0', linkType: 1 },
    direction: undefined,
    ...more,
  };
}

export function packet(more: Partial<Packet>): Packet {
  const none = { link: undefined, network: undefined, transport: undefined, application: undefined, cut: undefined };
  return { ...none, payloadStart: 0, payloadEnd: 0, ...more };
}

export function ip4(source: string, destination: string, more: Partial<Ip4Header> = {}): Ip4Header {
  const usual = { protocol: 6, length: 86, ttl: 64, trafficClass: 0, id: 1, doNotFragment: true, moreFragments: false };
  return { type: 'ip4', source, destination, ...usual, fragmentOffset: 0, ...more };
}

/** Between two ends such as `10.0.0.2:40000`. */
export function tcp(from: string, to: string, more: Partial<TcpHeader> = {}, application?: Application): Packet {
  const [[source, sourcePort], [destination, destinationPort]] = [split(from), split(to)];
  const usual = { sequence: 0, acknowledgement: 0, flags: 16, window: 500, urgent: 0, options: [], payload: 0 };
  const transport: TcpHeader = { type: 'tcp', sourcePort, destinationPort, ...usual, ...more };
  return packet({ network: ip4(source, destination), transport, application });
}

export function udp(from: string, to: string, application?: Application): Packet {
  const [[source, sourcePort], [destination, destinationPort]] = [split(from), split(to)];
  const transport: UdpHeader = { type: 'udp', sourcePort, destinationPort, payload: 10 };
  return packet({ network: ip4(source, destination, { protocol: 17 }), transport, application });
}

/** The packets and bytes of all rows. */
export function sums(table: FlowTable): { packets: number; bytes: number } {
  const ways = [...table.conversations.flatMap((row) => row.ways), ...table.other.ways];
  return {
    packets: ways.reduce((sum, way) => sum + way.packets, 0),
    bytes: ways.reduce((sum, way) => sum + way.bytes, 0),
  };
}

function split(end: string): [string, number] {
  const colon = end.lastIndexOf(':');
  return [end.slice(0, colon), Number(end.slice(colon + 1))];
}
