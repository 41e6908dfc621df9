import { closeSync, openSync, readSync } from 'node:fs';

/** What a file of packets tells. */
export interface FileCounts {
  readonly packets: number;
  /** What the kernel counted and dropped, by the statistics of pcapng; undefined in pcap. */
  readonly received: number | undefined;
  readonly dropped: number | undefined;
}

/** Where a record ends, and what is read of it: its beginning alone. */
interface Visit {
  readonly size: number;
  readonly packet: boolean;
}

const pcapMagic = 0xa1b2c3d4;
const pcapHeader = 24;
const blocks = { packet: 6, statistics: 5 } as const;
/** Options of an interface statistics block (draft-ietf-opsawg-pcapng, section 4.6). */
const statistics = { received: 6, dropped: 7 } as const;

/**
 * Counts the packets of a file in the order of bytes of this machine, by the lengths of its records alone: what wrote it takes no part in it.
 * @throws Error where a record is cut.
 */
export function countsOf(path: string): FileCounts {
  const file = new Chunks(path);
  try {
    if (file.view(0, 4)?.getUint32(0, true) !== pcapMagic) return pcapng(file, path);
    let packets = 0;
    for (let at = pcapHeader; ; packets += 1) {
      const record = file.view(at, 16);
      if (record === undefined) break;
      at += 16 + record.getUint32(8, true);
      if (file.view(at - 1, 1) === undefined) throw new Error(`${path} is cut within packet ${packets + 1}`);
    }
    return { packets, received: undefined, dropped: undefined };
  } finally {
    file.close();
  }
}

function pcapng(file: Chunks, path: string): FileCounts {
  let [packets, received, dropped] = [0, 0, 0];
  for (let at = 0; ; ) {
    const head = file.view(at, 8);
    if (head === undefined) break;
    const { size, packet } = visit(head);
    if (packet) packets += 1;
    const whole = file.view(at + size - 4, 4);
    if (whole?.getUint32(0, true) !== size) throw new Error(`${path} is cut within the block at ${at}`);
    if (head.getUint32(0, true) === blocks.statistics) {
      const options = file.view(at, size) ?? whole;
      received += optionOf(options, statistics.received);
      dropped += optionOf(options, statistics.dropped);
    }
    at += size;
  }
  return { packets, received, dropped };
}

function visit(head: DataView): Visit {
  return { size: head.getUint32(4, true), packet: head.getUint32(0, true) === blocks.packet };
}

/** A number of 64 bits among the options of a statistics block; 0 where it is not there. */
function optionOf(block: DataView, wanted: number): number {
  for (let at = 20; at + 4 <= block.byteLength - 4; ) {
    const [code, length] = [block.getUint16(at, true), block.getUint16(at + 2, true)];
    if (code === wanted) return Number(block.getBigUint64(at + 4, true));
    if (code === 0) break;
    at += 4 + ((length + 3) & ~3);
  }
  return 0;
}

/** A file that is read from its beginning to its end, a megabyte at a time. */
class Chunks {
  readonly #fd: number;
  readonly #bytes = new Uint8Array(2 ** 20);
  #start = 0;
  #end = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  /** Undefined where the file ends before. */
  view(at: number, length: number): DataView | undefined {
    if (at < this.#start || at + length > this.#end) {
      this.#start = at;
      this.#end = at + readSync(this.#fd, this.#bytes, 0, this.#bytes.length, at);
    }
    return at + length > this.#end ? undefined : new DataView(this.#bytes.buffer, at - this.#start, length);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
