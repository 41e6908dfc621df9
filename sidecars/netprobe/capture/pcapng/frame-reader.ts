import { ByteOrder, bigWord, littleWord } from './byte-order.ts';
import { CaptureFileError } from './capture-file-error.ts';
import { PcapReader, pcapMagics } from './pcap-reader.ts';
import { PcapngBlocksReader, sectionHeaderType } from './pcapng-blocks-reader.ts';
import type { FrameHearer, RecordReader } from './record-reader.ts';

/**
 * Reads packets of pcapng and pcap, as their bytes come: in whatever pieces. A packet that lies within one piece is told where it lies, without a
 * copy; what is cut by the border of two is put together in memory of the reader, which grows as bytes come, and not as a length says.
 */
export class FrameReader {
  readonly #hear: FrameHearer;
  #records: RecordReader | undefined;
  /** The beginning of a record, and how much has to be there to go on; 0 where nothing is held. */
  #held = new Uint8Array(4096);
  #length = 0;
  #wanted = 0;
  /** How much comes of a record that does not matter. */
  #passing = 0;
  /** Where the record that comes next, or is held, begins in the file. */
  #position = 0;

  constructor(hear: FrameHearer) {
    this.#hear = hear;
  }

  /**
   * Reads on. Packets are told before it returns; their bytes are those of `chunk`.
   * @throws CaptureFileError where they are not as they should be: nothing behind that can be read
   */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#passing > 0) {
        const passed = Math.min(this.#passing, chunk.length - at);
        this.#passing -= passed;
        at += passed;
      } else if (this.#length > 0) at = this.#complete(chunk, at);
      else {
        const length = this.#read(chunk, at, chunk.length - at);
        if (length < 0) {
          this.#wanted = -length;
          at = this.#complete(chunk, at);
        } else {
          const there = Math.min(length, chunk.length - at);
          this.#passing = length - there;
          this.#position += length;
          at += there;
        }
      }
    }
  }

  /** There is no more. @throws CaptureFileError where the last record is cut, or there is none at all */
  end(): void {
    if (this.#records === undefined && this.#length < 4)
      throw new CaptureFileError(0, this.#length === 0 ? 'the file ends: it is empty' : 'the file ends: it is no capture file');
    if (this.#length > 0 || this.#passing > 0) {
      const end = this.#length > 0 ? this.#position + this.#length : this.#position - this.#passing;
      throw new CaptureFileError(end, 'the file ends within a packet or a block: it was cut, or is being written');
    }
  }

  /** Puts a record together of what is held and what came. @returns where its last byte is that was needed, and behind it */
  #complete(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#wanted - this.#length, chunk.length - at);
    this.#hold(chunk, at, taken);
    if (this.#length < this.#wanted) return at + taken;
    const length = this.#read(this.#held, 0, this.#length);
    if (length < 0) this.#wanted = -length;
    else {
      this.#passing = length - this.#length;
      this.#position += length;
      this.#length = 0;
    }
    return at + taken;
  }

  #hold(chunk: Uint8Array, at: number, count: number): void {
    const length = this.#length + count;
    if (length > this.#held.length) {
      const more = new Uint8Array(length * 2);
      more.set(this.#held.subarray(0, this.#length));
      this.#held = more;
    }
    this.#held.set(chunk.subarray(at, at + count), this.#length);
    this.#length = length;
  }

  #read(bytes: Uint8Array, at: number, available: number): number {
    if (this.#records === undefined) {
      if (available < 4) return -4;
      this.#records = recordsOf(bytes, at, this.#hear);
    }
    return this.#records.read(bytes, at, available, this.#position);
  }
}

function recordsOf(bytes: Uint8Array, at: number, hear: FrameHearer): RecordReader {
  const little = littleWord(bytes, at);
  const big = bigWord(bytes, at);
  if (little === sectionHeaderType) return new PcapngBlocksReader(hear);
  const magics: readonly number[] = Object.values(pcapMagics);
  if (magics.includes(little)) return new PcapReader(new ByteOrder(true), little, hear);
  if (magics.includes(big)) return new PcapReader(new ByteOrder(false), big, hear);
  throw new CaptureFileError(
    0,
    `the file begins with ${big.toString(16).padStart(8, '0')}: it is neither pcapng nor pcap, which are what tcpdump, Wireshark and this write`,
  );
}
