import { readFileSync } from 'node:fs';

/** A packet of a file, as a test looks at it. */
export interface FilePacket {
  readonly interface: string;
  readonly time: bigint;
  readonly length: number;
  readonly bytes: Buffer;
  readonly flags: number | undefined;
}

/** A file of pcapng, read by the few lines that the format needs (draft-ietf-opsawg-pcapng), little endian, and nothing else. */
export interface PcapngFile {
  readonly comments: readonly string[];
  readonly interfaces: readonly {
    readonly name: string;
    readonly linkType: number;
    readonly snapLength: number;
    readonly filter: string;
  }[];
  readonly packets: readonly FilePacket[];
  /** Of each statistics block the options, by their codes; comments are 1. */
  readonly statistics: readonly ReadonlyMap<number, Buffer>[];
}

/** Reads it; where it breaks off in a block, up to there. */
export function readPcapng(given: string | Buffer): PcapngFile {
  const all = typeof given === 'string' ? readFileSync(given) : given;
  const [comments, interfaces, packets, statistics] = [[], [], [], []] as [
    string[],
    PcapngFile['interfaces'][number][],
    FilePacket[],
    Map<number, Buffer>[],
  ];
  for (let at = 0; at + 12 <= all.length; ) {
    const length = all.readUInt32LE(at + 4);
    if (at + length > all.length) break;
    if (all.readUInt32LE(at + length - 4) !== length || length % 4 !== 0)
      throw new Error(`the block at ${at} does not end as it begins`);
    const type = all.readUInt32LE(at);
    const block = all.subarray(at + 8, at + length - 4);
    if (type === 0x0a0d0d0a) comments.push(...(options(block, 16).get(1) ?? []).map(String));
    else if (type === 1) {
      const found = options(block, 8);
      if (found.get(9)?.[0]?.[0] !== 9) throw new Error('its times are not in nanoseconds');
      const filter = found.get(11)?.[0]?.subarray(1).toString() ?? '';
      interfaces.push({
        name: String(found.get(2)?.[0] ?? ''),
        linkType: block.readUInt16LE(0),
        snapLength: block.readUInt32LE(4),
        filter,
      });
    } else if (type === 6) {
      const place = interfaces[block.readUInt32LE(0)];
      if (place === undefined) throw new Error(`the packet at ${at} is of an interface that was not described`);
      const captured = block.readUInt32LE(12);
      const end = 20 + captured;
      const padding = block.subarray(end, 20 + padded(captured));
      if (padding.some((byte) => byte !== 0)) throw new Error(`the packet at ${at} is filled up with ${padding.toString('hex')}`);
      const time = (BigInt(block.readUInt32LE(4)) << 32n) | BigInt(block.readUInt32LE(8));
      const flags = options(block, 20 + padded(captured))
        .get(2)?.[0]
        ?.readUInt32LE();
      packets.push({ interface: place.name, time, length: block.readUInt32LE(16), bytes: block.subarray(20, end), flags });
    } else if (type === 5)
      statistics.push(new Map([...options(block, 12)].map(([code, [value]]) => [code, value ?? Buffer.alloc(0)])));
    else throw new Error(`the block at ${at} is of the type ${type}`);
    at += length;
  }
  return { comments, interfaces, packets, statistics };
}

function options(block: Buffer, from: number): Map<number, Buffer[]> {
  const found = new Map<number, Buffer[]>();
  for (let at = from; at + 4 <= block.length; ) {
    const code = block.readUInt16LE(at);
    const length = block.readUInt16LE(at + 2);
    if (code === 0) break;
    found.set(code, [...(found.get(code) ?? []), block.subarray(at + 4, at + 4 + length)]);
    at += 4 + padded(length);
  }
  return found;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** Reads a file that tcpdump(8) wrote with --time-stamp-precision=nano (pcap-savefile(5)). */
export function readPcap(path: string): Pick<FilePacket, 'time' | 'length' | 'bytes'>[] {
  const all = readFileSync(path);
  if (all.readUInt32LE(0) !== 0xa1b23c4d) throw new Error('no pcap of nanoseconds');
  const packets: Pick<FilePacket, 'time' | 'length' | 'bytes'>[] = [];
  for (let at = 24; at < all.length; ) {
    const captured = all.readUInt32LE(at + 8);
    const time = BigInt(all.readUInt32LE(at)) * 1_000_000_000n + BigInt(all.readUInt32LE(at + 4));
    packets.push({ time, length: all.readUInt32LE(at + 12), bytes: all.subarray(at + 16, at + 16 + captured) });
    at += 16 + captured;
  }
  return packets;
}
