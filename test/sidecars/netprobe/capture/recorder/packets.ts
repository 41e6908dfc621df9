// A few lines of pcapng that know nothing of ours, as the draft has it: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.

/** A packet that can be told from all others. */
export interface NumberedPacket {
  readonly number: number;
  /** When it was seen, in nanoseconds since 1970. */
  readonly time: bigint;
  /** Its size in bytes; 4 at least. */
  readonly size: number;
}

/** An Enhanced Packet Block, whose first four bytes of data are the packet's number. */
export function enhancedPacket({ number, time, size }: NumberedPacket): Buffer {
  const data = Buffer.alloc((size + 3) & ~3, number & 0xff);
  data.writeUInt32LE(number);
  const head = Buffer.alloc(28);
  for (const [index, word] of [6, 32 + data.length, 0, Number(time >> 32n), Number(time & 0xffff_ffffn), size, size].entries())
    head.writeUInt32LE(word, 4 * index);
  return Buffer.concat([head, data, head.subarray(4, 8)]);
}

/** An Interface Description Block of Ethernet, with times in nanoseconds. */
export function describeInterface(): Buffer {
  const words = [1, 32, 1, 0, 9 | (1 << 16), 9, 0, 32];
  const bytes = Buffer.alloc(32);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, 4 * index);
  return bytes;
}

/** A Section Header Block with one comment. */
export function sectionWith(comment: string): Buffer {
  const text = Buffer.from(comment);
  const option = Buffer.alloc(4 + ((text.length + 3) & ~3) + 4);
  option.writeUInt16LE(1);
  option.writeUInt16LE(text.length, 2);
  text.copy(option, 4);
  const bytes = Buffer.alloc(28 + option.length);
  for (const [index, word] of [0x0a0d0d0a, bytes.length, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff].entries())
    bytes.writeUInt32LE(word, 4 * index);
  option.copy(bytes, 24);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

/** What is in a file: the types of its blocks, the comment of its beginning, and its packets. @throws Error where a block is torn. */
export function contentsOf(file: Buffer): { types: number[]; comment: string; packets: Omit<NumberedPacket, 'size'>[] } {
  const types: number[] = [];
  const packets: Omit<NumberedPacket, 'size'>[] = [];
  let comment = '';
  for (let at = 0; at < file.length; ) {
    const type = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 4);
    if (file.readUInt32LE(at + length - 4) !== length) throw new Error(`the block at ${at} is torn`);
    types.push(type);
    if (type === 0x0a0d0d0a && file.readUInt16LE(at + 24) === 1)
      comment = file.toString('utf8', at + 28, at + 28 + file.readUInt16LE(at + 26));
    if (type === 6) {
      const time = (BigInt(file.readUInt32LE(at + 12)) << 32n) | BigInt(file.readUInt32LE(at + 16));
      packets.push({ number: file.readUInt32LE(at + 28), time });
    }
    at += length;
  }
  return { types, comment, packets };
}
