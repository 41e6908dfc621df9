import { blockTypes } from '../pcapng/blocks.ts';

/** Where in an Enhanced Packet Block (draft-ietf-opsawg-pcapng, section 4.3) things are, in words of 32 bits: its type, its length with all that belongs to it, and its time stamp. */
const at = { type: 0, length: 1, high: 3, low: 4 } as const;

/** A moment as packets have it, in nanoseconds since 1970: its upper and its lower 32 bits. A number of JavaScript does not hold it. */
export interface PacketStamp {
  readonly high: number;
  readonly low: number;
}

/** @param time in milliseconds since 1970, also before it, which is the same as 0. */
export function packetStamp(time: number): PacketStamp {
  const nanoseconds = BigInt(Math.max(0, Math.floor(time))) * 1_000_000n;
  return { high: Number(nanoseconds >> 32n), low: Number(nanoseconds & 0xffff_ffffn) };
}

/** Whole blocks of our own, one behind the other in the order of the machine, which is little-endian on all that there are. */
export class Blocks {
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array | undefined;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    this.bytes = bytes;
    this.#view = new DataView(buffer, byteOffset, length);
    // blocks are padded to 32 bits, so that only the first one may be out of step
    this.#words = byteOffset % 4 === 0 ? new Uint32Array(buffer, byteOffset, length >> 2) : undefined;
  }

  /** Where the block ends that begins there. @throws Error where it is none: what is behind it cannot be told. */
  end(start: number): number {
    const length = this.#word(start, at.length);
    if (length < 12 || length % 4 !== 0 || start + length > this.bytes.length) throw new Error(`no block begins at ${start}`);
    return start + length;
  }

  isPacket(start: number): boolean {
    return this.#word(start, at.type) === blockTypes.packet;
  }

  /** Whether the packet that begins there was seen later than that. */
  isAfter(start: number, { high, low }: PacketStamp): boolean {
    const own = this.#word(start, at.high);
    return own > high || (own === high && this.#word(start, at.low) > low);
  }

  /** When the packet that begins there was seen, in milliseconds since 1970. */
  time(start: number): number {
    return (this.#word(start, at.high) * 2 ** 32 + this.#word(start, at.low)) / 1e6;
  }

  #word(start: number, index: number): number {
    return this.#words === undefined ? this.#view.getUint32(start + 4 * index, true) : (this.#words[(start >> 2) + index] ?? 0);
  }
}
