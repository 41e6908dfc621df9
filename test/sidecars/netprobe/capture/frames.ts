import { TCP } from '../../../../sidecars/netprobe/capture/decode/packet.ts';
import { type CapturedInterface, type Frame, linkTypes } from '../../../../sidecars/netprobe/capture/frame.ts';

// Frames as they are on the wire, with right lengths and checksums: ethernet({}, ip4({}, tcp({ destinationPort: 80 }, 'GET / HTTP/1.1\r\n')))

/** What goes into an IP packet. */
export interface Segment {
  readonly protocol: number;
  readonly bytes: Buffer;
  /** Where its checksum goes; undefined where it has none, or its own. */
  readonly checksumAt?: number;
}

/** What goes into a frame. */
export interface Content {
  readonly etherType: number;
  readonly bytes: Buffer;
}

/** Bytes, or text that becomes such. */
export type Payload = string | Uint8Array;

/** A TCP segment (RFC 9293). `options` are filled up to a multiple of four. */
export function tcp(
  {
    sourcePort = 40_000,
    destinationPort = 80,
    sequence = 1000,
    acknowledgement = 2000,
    flags = TCP.ACK | TCP.PSH,
    window = 502,
    urgent = 0,
    options = [],
  }: Partial<
    Record<'sourcePort' | 'destinationPort' | 'sequence' | 'acknowledgement' | 'flags' | 'window' | 'urgent', number>
  > & {
    readonly options?: ArrayLike<number>;
  } = {},
  payload: Payload = '',
): Segment {
  const header = Buffer.alloc(20 + ((options.length + 3) & ~3));
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt32BE(sequence, 4);
  header.writeUInt32BE(acknowledgement, 8);
  header.writeUInt16BE(((header.length / 4) << 12) | flags, 12);
  header.writeUInt16BE(window, 14);
  header.writeUInt16BE(urgent, 18);
  header.set(options, 20);
  return { protocol: 6, bytes: Buffer.concat([header, Buffer.from(payload as string)]), checksumAt: 16 };
}

/** A UDP datagram (RFC 768). */
export function udp({ sourcePort = 40_000, destinationPort = 53 }, payload: Payload = ''): Segment {
  const header = Buffer.alloc(8);
  const bytes = Buffer.concat([header, Buffer.from(payload as string)]);
  bytes.writeUInt16BE(sourcePort, 0);
  bytes.writeUInt16BE(destinationPort, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  return { protocol: 17, bytes, checksumAt: 6 };
}

/** An ICMP message (RFC 792). @param rest what is behind the checksum */
export function icmp(kind: number, code: number, rest: Payload): Segment {
  return { protocol: 1, bytes: Buffer.concat([Buffer.of(kind, code, 0, 0), Buffer.from(rest as string)]), checksumAt: 2 };
}

/** An ICMPv6 message (RFC 4443). @param rest what is behind the checksum */
export function icmp6(kind: number, code: number, rest: Payload): Segment {
  return { ...icmp(kind, code, rest), protocol: 58 };
}

/** Any other protocol above IP. */
export function other(protocol: number, payload: Payload): Segment {
  return { protocol, bytes: Buffer.from(payload as string) };
}

/** An IPv4 packet (RFC 791). `length` is what the header says where that is not what is there. */
export function ip4(
  {
    source = '10.0.0.1',
    destination = '10.0.0.2',
    ttl = 64,
    id = 1,
    trafficClass = 0,
    doNotFragment = true,
    moreFragments = false,
    fragmentOffset = 0,
    options = [] as ArrayLike<number>,
    length = undefined as number | undefined,
  },
  segment: Segment,
): Content {
  const header = Buffer.alloc(20 + ((options.length + 3) & ~3));
  header[0] = 0x40 | (header.length / 4);
  header[1] = trafficClass;
  header.writeUInt16BE(length ?? header.length + segment.bytes.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE((doNotFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | (fragmentOffset / 8), 6);
  header[8] = ttl;
  header[9] = segment.protocol;
  header.set(addressBytes(source), 12);
  header.set(addressBytes(destination), 16);
  header.set(options, 20);
  header.writeUInt16BE(checksum(header), 10);
  const ends = segment.protocol === 1 ? undefined : [addressBytes(source), addressBytes(destination)];
  return { etherType: 0x0800, bytes: Buffer.concat([header, summed(segment, ends)]) };
}

/** A header between that of IPv6 and its content: what its first byte names is filled in. */
export interface Extension {
  readonly protocol: number;
  readonly bytes: ArrayLike<number>;
}

/** An IPv6 packet (RFC 8200). */
export function ip6(
  {
    source = 'fd00::1',
    destination = 'fd00::2',
    hopLimit = 64,
    trafficClass = 0,
    flowLabel = 0,
    extensions = [] as readonly Extension[],
  },
  segment: Segment,
): Content {
  const header = Buffer.alloc(40);
  const between = extensions.map(({ bytes }, index) => {
    const copy = Buffer.from(bytes as Uint8Array);
    copy[0] = extensions[index + 1]?.protocol ?? segment.protocol;
    return copy;
  });
  const ends = [addressBytes(source), addressBytes(destination)];
  const content = Buffer.concat([...between, summed(segment, ends)]);
  header.writeUInt32BE(((6 << 28) | (trafficClass << 20) | flowLabel) >>> 0, 0);
  header.writeUInt16BE(content.length, 4);
  header[6] = extensions[0]?.protocol ?? segment.protocol;
  header[7] = hopLimit;
  header.set(ends[0] ?? [], 8);
  header.set(ends[1] ?? [], 24);
  return { etherType: 0x86dd, bytes: Buffer.concat([header, content]) };
}

/** An ARP packet (RFC 826). */
export function arp({
  operation = 1,
  senderMac = '02:42:0a:00:00:01',
  senderIp = '10.0.0.1',
  targetMac = '00:00:00:00:00:00',
  targetIp = '10.0.0.2',
}): Content {
  const head = Buffer.of(0, 1, 8, 0, 6, 4, 0, operation);
  return {
    etherType: 0x0806,
    bytes: Buffer.concat([head, macBytes(senderMac), addressBytes(senderIp), macBytes(targetMac), addressBytes(targetIp)]),
  };
}

/** An Ethernet frame, with a tag of 802.1Q for each VLAN; the outer ones of several are those of 802.1ad. */
export function ethernet(
  { source = '02:42:0a:00:00:01', destination = '02:42:0a:00:00:02', vlans = [] as readonly number[] },
  { etherType, bytes }: Content,
): Buffer {
  const tags = vlans.map((id, index) => words(index < vlans.length - 1 ? 0x88a8 : 0x8100, id));
  return Buffer.concat([macBytes(destination), macBytes(source), ...tags, words(etherType), bytes]);
}

/** Who sends to whom. The version of IP is that of the addresses. */
export interface Ends {
  readonly source?: string;
  readonly destination?: string;
}

/** A segment in an IP packet of either version in an Ethernet frame. */
export function ethernetOf(ends: Ends, segment: Segment): Buffer {
  const isSix = ends.source?.includes(':') ?? ends.destination?.includes(':') ?? false;
  return ethernet({}, isSix ? ip6(ends, segment) : ip4(ends, segment));
}

/** The interface that frames of the builder were seen at. */
export const eth0: CapturedInterface = { id: 0, name: 'eth0', linkType: linkTypes.ethernet };

/** A frame as a reader has it. */
export function frameOf(bytes: Uint8Array, more: Partial<Frame> = {}): Frame {
  return {
    bytes,
    start: 0,
    end: bytes.length,
    length: bytes.length,
    seconds: 1_700_000_000,
    nanoseconds: 123_456_789,
    interface: eth0,
    direction: undefined,
    ...more,
  };
}

/** A file of pcap (not pcapng) with nanoseconds, one packet each microsecond. */
export function pcapFile(frames: readonly Uint8Array[], linkType: number = linkTypes.ethernet): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_3c4d, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(linkType, 20);
  const records = frames.flatMap((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_700_000_000, 0);
    record.writeUInt32LE(1000 * index, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([head, ...records]);
}

/** The bytes of an IP address in network byte order. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const plain = address.replace(/[\d.]+$/, (dotted) =>
    dotted.includes('.') ? addressBytes(dotted).toString('hex').replace(/^.{4}/, '$&:') : dotted,
  );
  const [before = [], after = []] = plain.split('::').map((half) => half.split(':').filter(Boolean));
  const groups = [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** The Internet checksum (RFC 1071). */
export function checksum(...parts: readonly Uint8Array[]): number {
  const all = Buffer.concat(parts);
  let sum = 0;
  for (const [index, byte] of all.entries()) sum += index % 2 === 0 ? byte << 8 : byte;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** A segment with its checksum, which is also over the addresses where the protocol has it so. */
function summed({ protocol, bytes, checksumAt }: Segment, ends: readonly Buffer[] = []): Buffer {
  if (checksumAt === undefined) return bytes;
  const copy = Buffer.from(bytes);
  const pseudo = ends.length === 0 ? [] : [...ends, words(0, bytes.length, 0, protocol)];
  const sum = checksum(...pseudo, copy);
  // UDP has 0 for none (RFC 768)
  copy.writeUInt16BE(sum === 0 && protocol === 17 ? 0xffff : sum, checksumAt);
  return copy;
}

function macBytes(address: string): Buffer {
  return Buffer.from(address.replaceAll(':', ''), 'hex');
}

function words(...numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map((number) => Buffer.of(number >>> 8, number & 255)));
}
