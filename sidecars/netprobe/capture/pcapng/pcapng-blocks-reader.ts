import type { CapturedInterface, Direction } from '../frame.ts';
import { ByteOrder, bigWord, littleWord } from './byte-order.ts';
import { CaptureFileError } from './capture-file-error.ts';
import { InterfaceClock, usualResolution } from './interface-clock.ts';
import { eachOption, optionStart, optionText, readOptions } from './pcapng-options.ts';
import { type FrameHearer, longestRecord, type RecordReader } from './record-reader.ts';
import { cookedDirection, ReusedFrame } from './reused-frame.ts';

/** The type of a section header, which reads the same in both byte orders: with it a file begins. */
export const sectionHeaderType = 0x0a0d0d0a;

const interfaceType = 1;
const oldPacketType = 2;
const simplePacketType = 3;
const statisticsType = 5;
const packetType = 6;

/** How long a block of a type is at least; 0 for types of which nothing is read. */
function shortestOf(type: number): number {
  switch (type) {
    case packetType:
    case oldPacketType:
      return 32;
    case sectionHeaderType:
      return 28;
    case statisticsType:
      return 24;
    case interfaceType:
      return 20;
    case simplePacketType:
      return 16;
    default:
      return 0;
  }
}

const magic = 0x1a2b3c4d;

const packetFlags = { code: readOptions.packetFlags, length: 4 };

/** An interface of a section, and how its packets are read. */
interface DescribedInterface {
  readonly captured: CapturedInterface;
  readonly clock: InterfaceClock;
  /** How much of a packet was captured at most; 0 where all of it was. */
  readonly snapLength: number;
}

/** Reads blocks of pcapng (draft-ietf-opsawg-pcapng): sections in either byte order, one behind the other. Blocks that tell nothing of packets are passed over. */
export class PcapngBlocksReader implements RecordReader {
  readonly #hear: FrameHearer;
  readonly #frame = new ReusedFrame();
  #order = new ByteOrder(true);
  /** Those of this section, by their ID. */
  #interfaces: DescribedInterface[] = [];
  /** Those of all sections. */
  readonly #captured: CapturedInterface[] = [];

  constructor(hear: FrameHearer) {
    this.#hear = hear;
  }

  read(bytes: Uint8Array, at: number, available: number, position: number): number {
    if (available < 12) return -12;
    const type = this.#order.word(bytes, at);
    if (type === sectionHeaderType) this.#order = orderOf(bytes, at + 8, position);
    const length = this.#order.word(bytes, at + 4);
    const least = shortestOf(type);
    if (length < Math.max(least, 12) || length % 4 !== 0)
      throw new CaptureFileError(position, `a block of type ${type} says that it is ${length} bytes long, which it cannot be`);
    if (least === 0) return length;
    if (length > longestRecord + 65_536)
      throw new CaptureFileError(position, `a block says that it is ${length} bytes long, and no packet is`);
    if (available < length) return -length;
    const again = this.#order.word(bytes, at + length - 4);
    if (again !== length)
      throw new CaptureFileError(position, `a block says that it is ${length} bytes long, and at its end that it is ${again}`);
    this.#block(type, bytes, at, at + length - 4, position);
    return length;
  }

  /** @param end where the content of the block ends */
  #block(type: number, bytes: Uint8Array, at: number, end: number, position: number): void {
    if (type === packetType) this.#packet(this.#order.word(bytes, at + 8), bytes, at, end, position);
    else if (type === interfaceType) this.#interface(bytes, at, end, position);
    else if (type === statisticsType) this.#statistics(bytes, at, end, position);
    else if (type === simplePacketType) this.#simplePacket(bytes, at, end, position);
    else if (type === oldPacketType) this.#packet(this.#order.short(bytes, at + 8), bytes, at, end, position);
    else this.#section(bytes, at, end, position);
  }

  #section(bytes: Uint8Array, at: number, end: number, position: number): void {
    const major = this.#order.short(bytes, at + 12);
    if (major !== 1) throw new CaptureFileError(position, `a section says that it is pcapng of version ${major}, and 1 is known`);
    this.#interfaces = [];
    eachOption(this.#order, bytes, at + 24, end, position, (code, start, length) => {
      if (code === readOptions.comment) this.#hear.comment?.(optionText(bytes, start, length));
    });
  }

  #interface(bytes: Uint8Array, at: number, end: number, position: number): void {
    const order = this.#order;
    let name = '';
    let resolution = usualResolution;
    let offset = 0;
    eachOption(order, bytes, at + 16, end, position, (code, start, length) => {
      if (code === readOptions.interfaceName) name = optionText(bytes, start, length);
      else if (code === readOptions.interfaceResolution && length === 1) resolution = bytes[start] ?? usualResolution;
      else if (code === readOptions.interfaceOffset && length === 8) offset = order.signedLong(bytes, start);
    });
    const captured = this.#known(name, order.short(bytes, at + 8));
    this.#interfaces.push({
      captured,
      clock: new InterfaceClock(resolution, offset),
      snapLength: order.word(bytes, at + 12),
    });
  }

  /** The interface of that name; one that an earlier section had is the same. */
  #known(name: string, linkType: number): CapturedInterface {
    const isHere = new Set(this.#interfaces.map(({ captured }) => captured));
    const before = this.#captured.find(
      (captured) => captured.name === name && captured.linkType === linkType && name !== '' && !isHere.has(captured),
    );
    if (before !== undefined) return before;
    const captured = { id: this.#captured.length, name, linkType };
    this.#captured.push(captured);
    this.#hear.interface?.(captured);
    return captured;
  }

  #packet(id: number, bytes: Uint8Array, at: number, end: number, position: number): void {
    const order = this.#order;
    const { captured, clock } = this.#at(id, position);
    const length = order.word(bytes, at + 20);
    const start = at + 28;
    if (start + length > end)
      throw new CaptureFileError(position, `a packet says that ${length} bytes of it were captured, and its block is shorter`);
    clock.read(order.word(bytes, at + 12), order.word(bytes, at + 16));
    const frame = this.#frame;
    frame.seconds = clock.seconds;
    frame.nanoseconds = clock.nanoseconds;
    frame.length = order.word(bytes, at + 24);
    const options = start + ((length + 3) & ~3);
    frame.flags = options + 4 <= end ? this.#flagsOf(bytes, options, end) : 0;
    this.#tell(captured, bytes, start, start + length);
  }

  #simplePacket(bytes: Uint8Array, at: number, end: number, position: number): void {
    const { captured, snapLength } = this.#at(0, position);
    const frame = this.#frame;
    frame.seconds = 0;
    frame.nanoseconds = 0;
    frame.flags = 0;
    frame.length = this.#order.word(bytes, at + 8);
    const start = at + 12;
    const most = snapLength === 0 ? frame.length : Math.min(frame.length, snapLength);
    this.#tell(captured, bytes, start, Math.min(end, start + most));
  }

  #tell(captured: CapturedInterface, bytes: Uint8Array, start: number, end: number): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
    frame.interface = captured;
    frame.direction = wayOf(frame.flags) ?? cookedDirection(captured.linkType, bytes, start, end);
    this.#hear.frame(frame);
  }

  /** What is told of the way of a packet; 0 where nothing is. */
  #flagsOf(bytes: Uint8Array, at: number, end: number): number {
    const start = optionStart(this.#order, bytes, at, end, packetFlags);
    return start < 0 ? 0 : this.#order.word(bytes, start);
  }

  #statistics(bytes: Uint8Array, at: number, end: number, position: number): void {
    const { captured } = this.#at(this.#order.word(bytes, at + 8), position);
    const counts = new Map<number, number>();
    eachOption(this.#order, bytes, at + 20, end, position, (code, start, length) => {
      if (length === 8) counts.set(code, this.#order.long(bytes, start));
    });
    this.#hear.statistics?.({
      interface: captured,
      received: counts.get(readOptions.statisticsReceived),
      dropped: counts.get(readOptions.statisticsDropped) ?? counts.get(readOptions.statisticsSystemDropped),
    });
  }

  #at(id: number, position: number): DescribedInterface {
    const described = this.#interfaces[id];
    if (described === undefined)
      throw new CaptureFileError(position, `a block is about interface ${id}, which is not described before it`);
    return described;
  }
}

function orderOf(bytes: Uint8Array, at: number, position: number): ByteOrder {
  if (littleWord(bytes, at) === magic) return new ByteOrder(true);
  if (bigWord(bytes, at) === magic) return new ByteOrder(false);
  throw new CaptureFileError(position, 'a section does not tell its byte order');
}

/** Which way a packet went, by the lowest two bits of its flags. */
function wayOf(flags: number): Direction | undefined {
  if ((flags & 3) === 1) return 'in';
  return (flags & 3) === 2 ? 'out' : undefined;
}
