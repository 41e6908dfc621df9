import type { CapturedInterface, Frame } from '../frame.ts';
import { headerEnd, type Privacy } from '../privacy.ts';
import type { BlockSink } from '../sink.ts';
import { blockTypes, lowerOfSecond, optionCodes, upperOfSecond } from './blocks.ts';

/** The same memory seen in two widths. */
export interface PacketSource {
  readonly bytes: Buffer;
  /** Little endian, as the machines are that we run on. */
  readonly words: Uint32Array;
}

/** What a packet block tells of the way of a packet (epb_flags): its direction, and whom it was for. */
export const packetFlags = { in: 1, out: 2, unicast: 1 << 2, multicast: 2 << 2, broadcast: 3 << 2, promiscuous: 4 << 2 } as const;

/** No frame is longer, in bytes. */
const longest = 262_144;

/** With so many bytes of blocks it writes unless it is told otherwise: what is written then is still near the processor. */
const usualBatch = 128 * 1024;

/** What a file is written with at once: the kernel then takes a fifth less time for each packet, as it has larger pieces of memory for it (docs/decisions/061). */
export const fileBatch = 1024 * 1024;

/** Shorter frames are copied word by word, which is done before `copy` would have begun; in bytes. */
const short = 256;

/** What of the last word of a frame belongs to it, by how many bytes of it do. */
const lastWords = [0xffff_ffff, 0xff, 0xffff, 0xff_ffff] as const;

/** The option that tells of flags: its code, and its length. */
const flagsOption = optionCodes.packet.flags | (4 << 16);

const noWords = new Uint32Array(0);

/** What of packets is written, and how. */
export interface WriterOptions {
  /** How much of a frame is kept, in bytes: at most 262,144. */
  readonly snapLength: number;
  readonly privacy: Privacy;
  /** How many bytes of blocks the sink gets at once, about; see {@link fileBatch}. */
  readonly batch?: number;
}

/** Writes packets as blocks of pcapng into memory of its own, and that to a sink whenever there is enough of it. Times are in nanoseconds. */
export class PacketWriter {
  readonly #sink: BlockSink;
  readonly #snapLength: number;
  readonly #privacy: Privacy;
  readonly #batch: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  /** How much of the memory is filled, in bytes, and with how many packets. */
  #filled = 0;
  #packets = 0;
  /** When the last one was seen: the second, */
  #second = -1;
  /** the same as nanoseconds since 1970, in two parts, */
  #upper = 0;
  #lower = 0;
  /** and the nanoseconds beside it. */
  #nanoseconds = 0;

  /** Where the last frame was read, and the same as a source. */
  #read: Uint8Array | undefined;
  #readSource: PacketSource = { bytes: Buffer.alloc(0), words: noWords };

  constructor(sink: BlockSink, { snapLength, privacy, batch = usualBatch }: WriterOptions) {
    this.#sink = sink;
    this.#snapLength = Math.min(snapLength, longest);
    this.#privacy = privacy;
    this.#batch = batch;
    this.#bytes = new Uint8Array(batch + longest + 64);
    this.#words = new Uint32Array(this.#bytes.buffer);
  }

  /**
   * Adds a packet.
   * @param start where its captured bytes are in the source. At a multiple of four, short ones take less time.
   * @param captured how many they are, and @param original how many there were
   * @param flags see {@link packetFlags}; 0 where nothing is known
   * @throws as {@link BlockSink.write}
   */
  add(
    source: PacketSource,
    start: number,
    captured: number,
    original: number,
    seconds: number,
    nanoseconds: number,
    { id, linkType }: CapturedInterface,
    flags: number,
  ): void {
    let kept = captured < this.#snapLength ? captured : this.#snapLength;
    let copied = kept;
    if (this.#privacy !== 'all') {
      const headers = headerEnd(source.bytes, start, start + captured, linkType) - start;
      if (headers < kept) {
        copied = headers;
        if (this.#privacy === 'headers') kept = headers;
      }
    }
    if (this.#filled >= this.#batch) this.flush();
    if (seconds !== this.#second) this.#beginSecond(seconds);
    const words = this.#words;
    const first = this.#filled >> 2;
    const end = first + 7 + ((kept + 3) >> 2);
    const lower = this.#lower + nanoseconds;
    const last = flags === 0 ? end : end + 3;
    const length = (last - first + 1) << 2;
    words[first] = blockTypes.packet;
    words[first + 1] = length;
    words[first + 2] = id;
    words[first + 3] = lower > 0xffff_ffff ? this.#upper + 1 : this.#upper;
    words[first + 4] = lower;
    words[first + 5] = kept;
    words[first + 6] = original;
    this.#copy(source, start, copied, first + 7, end);
    if (flags !== 0) {
      words[end] = flagsOption;
      words[end + 1] = flags;
      words[end + 2] = optionCodes.end;
    }
    words[last] = length;
    this.#filled += length;
    this.#packets += 1;
    this.#nanoseconds = nanoseconds;
  }

  /** Adds a packet that was read. @throws as {@link BlockSink.write} */
  addFrame({ bytes, start, end, length, seconds, nanoseconds, interface: place, direction, flags = 0 }: Frame): void {
    // readers reuse their memory
    if (bytes !== this.#read) {
      this.#read = bytes;
      // where it lies is anywhere, and words begin at multiples of four
      this.#readSource = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), words: noWords };
    }
    this.add(
      this.#readSource,
      start,
      end - start,
      length,
      seconds,
      nanoseconds,
      place,
      flags === 0 && direction !== undefined ? packetFlags[direction] : flags,
    );
  }

  /** Adds a block that is no packet, such as the description of an interface that was just met: the sink gets it by itself. */
  describe(block: Uint8Array, time: number): void {
    this.flush();
    this.#sink.write(block, 0, time);
  }

  /** Gives the sink what there is. @throws as {@link BlockSink.write} */
  flush(): void {
    const filled = this.#filled;
    const packets = this.#packets;
    if (filled === 0) return;
    // whatever becomes of it, it is not written twice
    this.#filled = 0;
    this.#packets = 0;
    this.#sink.write(this.#bytes.subarray(0, filled), packets, this.#second * 1000 + Math.floor(this.#nanoseconds / 1e6));
  }

  #beginSecond(seconds: number): void {
    this.#second = seconds;
    this.#upper = upperOfSecond(seconds);
    this.#lower = lowerOfSecond(seconds);
  }

  /** Copies so many bytes to a word of the memory, and fills up with zeros to another one. */
  #copy({ bytes, words: from }: PacketSource, start: number, length: number, first: number, end: number): void {
    const words = this.#words;
    let at = first;
    if (length <= short && (start & 3) === 0 && from.length > 0) {
      let next = start >> 2;
      const last = first + ((length + 3) >> 2);
      for (; at + 4 <= last; at += 4, next += 4) {
        words[at] = from[next] ?? 0;
        words[at + 1] = from[next + 1] ?? 0;
        words[at + 2] = from[next + 2] ?? 0;
        words[at + 3] = from[next + 3] ?? 0;
      }
      for (; at < last; at += 1, next += 1) words[at] = from[next] ?? 0;
    } else {
      // unlike `set` it needs no view that is made for it, which took a third of the time
      bytes.copy(this.#bytes, first << 2, start, start + length);
      at = first + ((length + 3) >> 2);
    }
    // what stands behind a frame is nobody's business
    if ((length & 3) !== 0) words[at - 1] = (words[at - 1] ?? 0) & (lastWords[length & 3] ?? 0);
    if (at < end) words.fill(0, at, end);
  }
}
