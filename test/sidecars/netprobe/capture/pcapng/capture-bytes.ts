// Files of packets as others write them: every byte is here, so that what reads them is not held against what writes ours.

/** A packet of a file. */
export interface FilePacket {
  readonly bytes: Uint8Array;
  /** How long it was on the wire; as long as it is by default. */
  readonly length?: number;
  readonly seconds?: number;
  /** Parts of a second, in what the file counts. */
  readonly fraction?: number;
}

/** Writes the numbers of a file in its byte order. */
export class Numbers {
  readonly isLittle: boolean;

  constructor(isLittle: boolean) {
    this.isLittle = isLittle;
  }

  short(...values: readonly number[]): Buffer {
    const bytes = Buffer.alloc(values.length * 2);
    for (const [index, value] of values.entries())
      this.isLittle ? bytes.writeUInt16LE(value, index * 2) : bytes.writeUInt16BE(value, index * 2);
    return bytes;
  }

  word(...values: readonly number[]): Buffer {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries())
      this.isLittle ? bytes.writeUInt32LE(value, index * 4) : bytes.writeUInt32BE(value, index * 4);
    return bytes;
  }

  long(value: bigint): Buffer {
    const bytes = Buffer.alloc(8);
    this.isLittle ? bytes.writeBigInt64LE(value) : bytes.writeBigInt64BE(value);
    return bytes;
  }
}

/** A classic file (pcap-savefile(5)). */
export function pcapFile(
  packets: readonly FilePacket[],
  { numbers = new Numbers(true), magic = 0xa1b2c3d4, linkType = 1 } = {},
): Buffer {
  const header = [numbers.word(magic), numbers.short(2, 4), numbers.word(0, 0, 262_144, linkType)];
  const isModified = magic === 0xa1b2cd34;
  return Buffer.concat([
    ...header,
    ...packets.flatMap(({ bytes, length = bytes.length, seconds = 0, fraction = 0 }) => [
      numbers.word(seconds, fraction, bytes.length, length),
      // ifindex, protocol, packet type, padding
      isModified ? Buffer.concat([numbers.word(2), numbers.short(0x0008), Buffer.of(4, 0)]) : Buffer.alloc(0),
      bytes,
    ]),
  ]);
}

/** Bytes filled up to whole words. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

/** Options of a block, with their end. */
export function options(numbers: Numbers, ...list: readonly (readonly [number, Uint8Array])[]): Buffer {
  if (list.length === 0) return Buffer.alloc(0);
  return Buffer.concat([
    ...list.flatMap(([code, bytes]) => [numbers.short(code, bytes.length), padded(bytes)]),
    numbers.short(0, 0),
  ]);
}

/** A block of pcapng (draft-ietf-opsawg-pcapng). */
export function block(numbers: Numbers, type: number, ...content: readonly Uint8Array[]): Buffer {
  const inside = padded(Buffer.concat(content));
  return Buffer.concat([numbers.word(type, inside.length + 12), inside, numbers.word(inside.length + 12)]);
}

/** A section header. */
export function section(numbers: Numbers, ...list: readonly (readonly [number, Uint8Array])[]): Buffer {
  return block(numbers, 0x0a0d0d0a, numbers.word(0x1a2b3c4d), numbers.short(1, 0), numbers.long(-1n), options(numbers, ...list));
}

/** What describes an interface. */
export function describedInterface(
  numbers: Numbers,
  { linkType = 1, snapLength = 0 } = {},
  ...list: readonly (readonly [number, Uint8Array])[]
): Buffer {
  return block(numbers, 1, numbers.short(linkType, 0), numbers.word(snapLength), options(numbers, ...list));
}

/** An enhanced packet. @param stamp in the units of its interface */
export function enhancedPacket(
  numbers: Numbers,
  id: number,
  stamp: bigint,
  { bytes, length = bytes.length }: FilePacket,
  ...list: readonly (readonly [number, Uint8Array])[]
): Buffer {
  const halves = numbers.word(Number(stamp >> 32n), Number(stamp & 0xffffffffn));
  return block(
    numbers,
    6,
    numbers.word(id),
    halves,
    numbers.word(bytes.length, length),
    padded(bytes),
    options(numbers, ...list),
  );
}
