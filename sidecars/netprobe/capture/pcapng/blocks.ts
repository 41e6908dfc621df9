// Blocks of pcapng, little endian. See https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-03.html, whose names the options have here.

/** What a block is of. */
export const blockTypes = { section: 0x0a0d_0d0a, interface: 1, statistics: 5, packet: 6 } as const;

/** Codes of options that are written here; a code counts within its type of block. */
export const optionCodes = {
  end: 0,
  comment: 1,
  section: { hardware: 2, os: 3, application: 4 },
  interface: { name: 2, resolution: 9, filter: 11, os: 12 },
  packet: { flags: 2 },
  statistics: { start: 2, end: 3, received: 4, dropped: 5, accepted: 6, droppedBySystem: 7, delivered: 8 },
} as const;

/** A moment: seconds since 1970, and nanoseconds beside them. */
export interface Moment {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Who made a section, and what is said of it. */
export interface SectionFacts {
  /** The machine, such as `x86_64`. */
  readonly hardware: string;
  /** The system, such as `Linux 6.12.0`. */
  readonly os: string;
  /** The program, such as `Sidekick netprobe 1.0.0`. */
  readonly application: string;
  readonly comments: readonly string[];
}

/** An interface as a section describes it. */
export interface InterfaceFacts {
  readonly name: string;
  /** One of LINKTYPE_. */
  readonly linkType: number;
  /** How much of a frame is kept, in bytes. */
  readonly snapLength: number;
  /** The filter in the words of pcap-filter(7); empty where there is none. */
  readonly filter: string;
  readonly os: string;
}

/** What became of the packets of an interface since the capture began. What is undefined is not known. */
export interface InterfaceCounts {
  /** Its number in the section. */
  readonly id: number;
  /** When the capture began, and when this is told. */
  readonly start: Moment;
  readonly end: Moment;
  /** Packets that passed the filter. */
  readonly accepted: number | undefined;
  /** Those of them that the system dropped for want of room. */
  readonly dropped: number | undefined;
  /** Those of them that are in the file, or were in one before it. */
  readonly delivered: number;
  readonly comments: readonly string[];
}

/** What stands at the beginning of a section, whose length is not told as it is not known yet. */
export function sectionHeader({ hardware, os, application, comments }: SectionFacts): Uint8Array {
  const body = new Uint8Array(16);
  const view = new DataView(body.buffer);
  view.setUint32(0, 0x1a2b_3c4d, true);
  view.setUint16(4, 1, true);
  view.setUint32(8, 0xffff_ffff, true);
  view.setUint32(12, 0xffff_ffff, true);
  const codes = optionCodes.section;
  return block(blockTypes.section, body, [
    ...comments.map((comment) => textOption(optionCodes.comment, comment)),
    ...(hardware === '' ? [] : [textOption(codes.hardware, hardware)]),
    ...(os === '' ? [] : [textOption(codes.os, os)]),
    ...(application === '' ? [] : [textOption(codes.application, application)]),
  ]);
}

/** What an interface is. The times of its packets are in nanoseconds. */
export function interfaceDescription({ name, linkType, snapLength, filter, os }: InterfaceFacts): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, linkType, true);
  view.setUint32(4, snapLength, true);
  const codes = optionCodes.interface;
  return block(blockTypes.interface, body, [
    ...(name === '' ? [] : [textOption(codes.name, name)]),
    // 10 to the power of -9 of a second
    { code: codes.resolution, value: Uint8Array.of(9) },
    // 0: what follows is text, and not instructions
    ...(filter === '' ? [] : [{ code: codes.filter, value: Buffer.concat([Uint8Array.of(0), utf8(filter, most - 1)]) }]),
    ...(os === '' ? [] : [textOption(codes.os, os)]),
  ]);
}

/**
 * The counts of an interface. What passed the filter is told as received, too, and what the system dropped as dropped by the interface: that is
 * where dumpcap(1) writes the two counts of a capture, and where others look for them.
 */
export function interfaceStatistics({ id, start, end, accepted, dropped, delivered, comments }: InterfaceCounts): Uint8Array {
  const body = new Uint8Array(12);
  const view = new DataView(body.buffer);
  view.setUint32(0, id, true);
  body.set(timeWords(end), 4);
  const codes = optionCodes.statistics;
  const count = (code: number, value: number | undefined) => (value === undefined ? [] : [{ code, value: longValue(value) }]);
  return block(blockTypes.statistics, body, [
    ...comments.map((comment) => textOption(optionCodes.comment, comment)),
    { code: codes.start, value: timeWords(start) },
    { code: codes.end, value: timeWords(end) },
    ...count(codes.received, accepted),
    ...count(codes.dropped, dropped),
    ...count(codes.accepted, accepted),
    ...count(codes.droppedBySystem, dropped),
    ...count(codes.delivered, delivered),
  ]);
}

/** The upper 32 bits of a whole second as nanoseconds since 1970, which are more than a number holds exactly. */
export function upperOfSecond(seconds: number): number {
  // 10^9 is 1953125 · 2^9, and the product of the first is exact until 2106
  return Math.floor((seconds * 1_953_125) / 2 ** 23);
}

/** The lower 32 bits of the same. */
export function lowerOfSecond(seconds: number): number {
  return ((seconds * 1_953_125) % 2 ** 23) * 512;
}

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/** No option is longer, in bytes: its length is a number of 16 bits. */
const most = 0xffff;

function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const withEnd = options.length === 0 ? [] : [...options, { code: optionCodes.end, value: new Uint8Array(0) }];
  const length = withEnd.reduce((sum, { value }) => sum + 4 + padded(value.length), 12 + body.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const { code, value } of withEnd) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(at, length, true);
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function textOption(code: number, text: string): Option {
  return { code, value: utf8(text, most) };
}

/** A text, cut between two characters where it is longer than there is room for. */
function utf8(text: string, room: number): Uint8Array {
  const whole = new TextEncoder().encode(text);
  if (whole.length <= room) return whole;
  return whole.subarray(0, new TextEncoder().encodeInto(text, new Uint8Array(room)).written);
}

/** A time as blocks have it: its upper 32 bits first. */
function timeWords({ seconds, nanoseconds }: Moment): Uint8Array {
  const lower = lowerOfSecond(seconds) + nanoseconds;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, upperOfSecond(seconds) + (lower > 0xffff_ffff ? 1 : 0), true);
  view.setUint32(4, lower >>> 0, true);
  return bytes;
}

/** A count of 64 bits. */
function longValue(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
