import type { CapturedInterface } from '../frame.ts';
import type { ByteOrder } from './byte-order.ts';
import { CaptureFileError } from './capture-file-error.ts';
import { type FrameHearer, longestRecord, type RecordReader } from './record-reader.ts';
import { cookedDirection, directionOf, ReusedFrame } from './reused-frame.ts';

/** What a classic file begins with, in the byte order of its machine (pcap-savefile(5)). */
export const pcapMagics = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d, modified: 0xa1b2cd34 } as const;

/** How long the header of the file is. */
const fileHeader = 24;

/** The bits of the field of the link type that are a type; the others tell of checksums. */
const linkTypeBits = 0x03ffffff;

/** Reads a classic file of pcap(3): a header, and packets of one interface. */
export class PcapReader implements RecordReader {
  readonly #order: ByteOrder;
  readonly #hear: FrameHearer;
  readonly #frame = new ReusedFrame();
  readonly #isModified: boolean;
  /** Fractions in a second, and nanoseconds in one. */
  readonly #perSecond: number;
  readonly #perFraction: number;
  readonly #packetHeader: number;
  #interface: CapturedInterface | undefined;

  /** @param magic one of {@link pcapMagics}: what the file begins with */
  constructor(order: ByteOrder, magic: number, hear: FrameHearer) {
    this.#order = order;
    this.#hear = hear;
    this.#isModified = magic === pcapMagics.modified;
    this.#perSecond = magic === pcapMagics.nanoseconds ? 1e9 : 1e6;
    this.#perFraction = 1e9 / this.#perSecond;
    this.#packetHeader = this.#isModified ? 24 : 16;
  }

  read(bytes: Uint8Array, at: number, available: number, position: number): number {
    return this.#interface === undefined
      ? this.#readHeader(bytes, at, available, position)
      : this.#readPacket(this.#interface, bytes, at, available, position);
  }

  #readHeader(bytes: Uint8Array, at: number, available: number, position: number): number {
    if (available < fileHeader) return -fileHeader;
    const major = this.#order.short(bytes, at + 4);
    if (major !== 2) throw new CaptureFileError(position, `the file says it is pcap of version ${major}, and 2 is known`);
    this.#interface = { id: 0, name: '', linkType: this.#order.word(bytes, at + 20) & linkTypeBits };
    this.#frame.interface = this.#interface;
    this.#hear.interface?.(this.#interface);
    return fileHeader;
  }

  #readPacket({ linkType }: CapturedInterface, bytes: Uint8Array, at: number, available: number, position: number): number {
    const header = this.#packetHeader;
    if (available < header) return -header;
    const order = this.#order;
    const captured = order.word(bytes, at + 8);
    if (captured > longestRecord)
      throw new CaptureFileError(position, `a packet says that ${captured} bytes of it were captured, and none is so long`);
    const whole = header + captured;
    if (available < whole) return -whole;
    const fraction = order.word(bytes, at + 4);
    const more = Math.floor(fraction / this.#perSecond);
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.start = at + header;
    frame.end = at + whole;
    frame.length = order.word(bytes, at + 12);
    frame.seconds = order.word(bytes, at) + more;
    frame.nanoseconds = (fraction - more * this.#perSecond) * this.#perFraction;
    frame.direction = this.#isModified ? directionOf(bytes[at + 22]) : cookedDirection(linkType, bytes, frame.start, frame.end);
    this.#hear.frame(frame);
    return whole;
  }
}
