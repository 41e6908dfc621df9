import { type Encoded, type Lines, type Room, stops } from '../encoded.ts';
import type { Joiner } from '../multiline/joiner.ts';
import { timePrefix } from '../parse/time.ts';
import type { Final } from '../recorder.ts';
import type { Sums } from '../sums.ts';
import type { TimedEnvelope } from '../timed.ts';
import { built } from './built.ts';

/** Bytes of a page of memory (WebAssembly core specification, section 4.2.8). */
const page = 2 ** 16;
/** The loops read and write whole vectors: so many bytes behind a buffer are nobody's. */
const slack = 64;
/** Where things lie in the first page; assembly/places.ts has the same numbers. */
const place = { result: 0, clock: 32, time: 64, classes: 256, prefix: 2 ** 13, suffix: 2 ** 14, other: 3 * 2 ** 13 } as const;
/** Longer prefixes and suffixes are left to the twin. */
const longest = 2 ** 13 - slack;
const finals = { no: 0, record: 1, line: 2 } as const satisfies Record<Final, number>;
/** More than any line has. */
const most = 2 ** 31 - 1;

/** What is used of WebAssembly; the types of Node have none of it. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  readonly validate: (binary: Uint8Array) => boolean;
};

/** The functions of the module: see assembly/lines.ts and assembly/container.ts for what they are told. */
interface Exports {
  readonly encode: (...args: number[]) => void;
  readonly container: (...args: number[]) => void;
  readonly tally: (from: number, to: number, adler: number) => void;
}

const arenas = new WeakMap<ArrayBufferLike, Arena>();
let compiled: object | undefined;

/** The arena that a buffer lies in, if it does. */
export function arenaOf({ buffer }: Buffer): Arena | undefined {
  return arenas.get(buffer);
}

/**
 * The memory of a lane: hands out buffers for what is read and for batches, in an arena as long as they fit. It is to be told the sizes of all of them.
 */
export function laneMemory(sizes: readonly number[]): (bytes: number) => Buffer {
  const arena = Arena.of(sizes);
  return (bytes) => arena?.buffer(bytes) ?? Buffer.allocUnsafeSlow(bytes);
}

/**
 * Memory of WebAssembly, and the encoder that works in it: what was read, and the batches that are filled, lie in it, so that nothing is copied. All of it is
 * there from the beginning, since buffers do not outlive its growth; what was never touched takes no room in the machine.
 */
export class Arena {
  readonly #bytes: Buffer;
  readonly #result: Uint32Array;
  /** Told, free and read, of a clock. */
  readonly #clock: BigUint64Array;
  readonly #exports: Exports;
  /** Where the next buffer begins. */
  #free = page;
  /** What is asked about lines meanwhile, and where the chunk lies in which they are. */
  #joiner: Joiner | undefined;
  #chunk: Buffer = Buffer.alloc(0);

  /**
   * @param sizes of the buffers that it is to hold.
   * @returns undefined where there is no WebAssembly with SIMD, or no address space for it.
   */
  static of(sizes: readonly number[]): Arena | undefined {
    if (!supported()) return undefined;
    const bytes = sizes.reduce((sum, size) => sum + spaceOf(size), page);
    try {
      return new Arena(Math.ceil(bytes / page));
    } catch (error) {
      // more than V8 or `ulimit -v` allow
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private constructor(pages: number) {
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    compiled ??= new WebAssembly.Module(binary());
    // no time in the form of RFC 3339 is longer than its place
    const read = (from: number, to: number) =>
      this.#bytes.write(timePrefix(this.#chunk, this.#indexOf(from), this.#indexOf(to)) ?? '', place.time, 'latin1');
    const lines = {
      ask: (from: number, to: number) => Number(this.#joiner?.goesOn(this.#chunk, this.#indexOf(from), this.#indexOf(to))),
      begin: (from: number, to: number) => this.#joiner?.begin?.(this.#chunk, this.#indexOf(from), this.#indexOf(to)),
    };
    this.#exports = new WebAssembly.Instance(compiled, { env: { memory }, lines, time: { read } }).exports as Exports;
    this.#bytes = Buffer.from(memory.buffer);
    this.#result = new Uint32Array(memory.buffer, place.result, 8);
    this.#clock = new BigUint64Array(memory.buffer, place.clock, 3);
    arenas.set(memory.buffer, this);
  }

  /** A buffer in the memory, for as long as the memory is. Undefined where it does not fit any more. */
  buffer(size: number): Buffer | undefined {
    const from = this.#free;
    if (from + spaceOf(size) > this.#bytes.length) return undefined;
    this.#free += spaceOf(size);
    return this.#bytes.subarray(from, from + size);
  }

  /** See {@link Sums}. The bytes lie in the memory. */
  sumsOf({ byteOffset, length }: Buffer, adler: number): Sums {
    this.#exports.tally(byteOffset, byteOffset + length, adler);
    const [lines = 0, next = 0] = this.#result;
    return { lines, adler: next };
  }

  /** Whether it can encode into this buffer, with these parts of an envelope. */
  takes(output: Buffer, ...parts: Uint8Array[]): boolean {
    return output.buffer === this.#bytes.buffer && parts.every(({ length }) => length <= longest);
  }

  /**
   * See {@link Encode}. Chunk and output lie in the memory; up to 64 bytes behind the end of the room may be written.
   * In a timed envelope, the time that a record begins with takes its place.
   */
  encode(lines: Lines, room: Room, envelope: TimedEnvelope, joiner: Joiner | undefined, result: Encoded): void {
    const { chunk, from, to, final, maxLine } = lines;
    const { output, at, end } = room;
    const { prefix, suffix, stamp, time, clock } = envelope;
    this.#setClock(envelope);
    this.#bytes.set(prefix, place.prefix);
    this.#bytes.set(suffix, place.suffix);
    if (joiner !== undefined) this.#bytes.set(joiner.classes, place.classes);
    this.#joiner = joiner;
    this.#chunk = chunk;
    this.#exports.encode(
      chunk.byteOffset + from,
      chunk.byteOffset + to,
      finals[final],
      Math.min(maxLine, most),
      output.byteOffset + at,
      output.byteOffset + Math.max(0, end - suffix.length - 6),
      place.prefix,
      prefix.length,
      place.suffix,
      suffix.length,
      stamp === undefined ? 0 : place.prefix + stamp,
      Number(clock !== undefined),
      time?.from ?? 0,
      time === undefined ? 0 : time.to - time.from,
      Number(joiner !== undefined),
      joiner?.empty ?? 0,
      Number(joiner?.begin !== undefined),
    );
    this.#tell(result, envelope);
  }

  /**
   * See {@link containerLines}. The same holds as for {@link encode}; `long` stands for every line of another form. The envelope is for stdout, or for `only`.
   * @param stderr the suffix of that stream.
   * @param only stops before a record of the other stream.
   */
  encodeContainer(
    wrapping: 'docker' | 'cri',
    { chunk, from, to, maxLine }: Lines,
    { output, at, end }: Room,
    envelope: TimedEnvelope,
    stderr: Uint8Array,
    only: 'stdout' | 'stderr' | undefined,
    result: Encoded,
  ): void {
    const { prefix, suffix, stamp, time, clock } = envelope;
    const { from: head, to: neck } = time ?? { from: prefix.length, to: prefix.length };
    this.#setClock(envelope);
    this.#bytes.set(prefix, place.prefix);
    this.#bytes.set(suffix, place.suffix);
    this.#bytes.set(stderr, place.other);
    this.#exports.container(
      Number(wrapping === 'cri'),
      chunk.byteOffset + from,
      chunk.byteOffset + to,
      Math.min(maxLine, most),
      output.byteOffset + at,
      output.byteOffset + Math.max(0, end - Math.max(suffix.length, stderr.length) - 6),
      place.prefix,
      head,
      place.prefix + neck,
      prefix.length - neck,
      place.suffix,
      suffix.length,
      place.other,
      stderr.length,
      stamp === undefined ? 0 : place.prefix + stamp,
      Number(clock !== undefined),
      only === undefined ? 0 : only === 'stdout' ? 1 : 2,
    );
    this.#tell(result, envelope);
  }

  #setClock({ clock }: TimedEnvelope): void {
    if (clock === undefined) return;
    this.#clock[0] = clock.state.told;
    this.#clock[1] = clock.state.free;
    this.#clock[2] = clock.read;
  }

  #tell(result: Encoded, { prefix, stamp, clock }: TimedEnvelope): void {
    const [told = 0n, free = 0n] = this.#clock;
    if (clock !== undefined) clock.hands.state = { told, free };
    else if (stamp !== undefined) this.#bytes.copy(prefix, 0, place.prefix, place.prefix + prefix.length);
    const [consumed = 0, written = 0, records = 0, repaired = 0, stop = 0] = this.#result;
    result.consumed = consumed;
    result.written = written;
    result.records = records;
    result.repaired = repaired;
    result.stop = stops[stop] ?? 'end';
  }

  #indexOf(address: number): number {
    return address - this.#chunk.byteOffset;
  }
}

/** Bytes that a buffer takes of the memory: it begins where a vector begins. */
function spaceOf(size: number): number {
  return Math.ceil((size + slack) / 16) * 16;
}

function supported(): boolean {
  return compiled !== undefined || WebAssembly.validate(binary());
}

function binary(): Buffer<ArrayBuffer> {
  return Buffer.from(built, 'base64');
}
