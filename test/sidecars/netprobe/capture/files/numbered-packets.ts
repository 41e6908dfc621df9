import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { ClosedFile, FilesPlan } from '../../../../../sidecars/netprobe/capture/files/plan.ts';
import type { Told } from '../../../../../sidecars/netprobe/capture/ring/messages.ts';
import type { Section } from '../../../../../sidecars/netprobe/capture/sink.ts';

/** A plan that asks for nothing but a path. */
export function planFor(path: string, rest: Partial<FilesPlan> = {}): FilesPlan {
  const numbered = Object.keys(rest).some((key) => key !== 'zstd');
  return { path, numbered, size: undefined, every: undefined, count: undefined, disk: undefined, zstd: false, ...rest };
}

/** A block of pcapng, made here and by nobody else's code. */
function block(type: number, content: Buffer): Buffer {
  const padded = (content.length + 3) & ~3;
  const made = Buffer.alloc(12 + padded);
  made.writeUInt32LE(type, 0);
  made.writeUInt32LE(made.length, 4);
  content.copy(made, 8);
  made.writeUInt32LE(made.length, made.length - 4);
  return made;
}

const sectionHeader = () => {
  const content = Buffer.alloc(16, 0xff);
  content.writeUInt32LE(0x1a2b3c4d, 0);
  content.writeUInt16LE(1, 4);
  content.writeUInt16LE(0, 6);
  return block(0x0a0d0d0a, content);
};

/** The description of an Ethernet whose times are in nanoseconds. */
export function interfaceBlock(): Buffer {
  // LINKTYPE_ETHERNET, no snap length, if_tsresol 9
  return block(1, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]));
}

/** A section of some interfaces, the first of which is there from the beginning. */
export class TestSection implements Section {
  interfaces = 1;

  head(): Uint8Array {
    return Buffer.concat([sectionHeader(), ...Array.from({ length: this.interfaces }, interfaceBlock)]);
  }

  tail(): Uint8Array {
    const statistics = (id: number) => {
      const content = Buffer.alloc(12);
      content.writeUInt32LE(id, 0);
      return block(5, content);
    };
    return Buffer.concat(Array.from({ length: this.interfaces }, (_, id) => statistics(id)));
  }
}

/** How long the block of a packet is beside its content, in bytes. */
export const packetOverhead = 32;

/** A packet whose content is its number and some bytes that do not compress well. @param time in milliseconds since 1970 */
export function packet(number: number, time: number, length = 64, id = 0): Buffer {
  const content = Buffer.alloc(20 + length);
  const nanoseconds = BigInt(Math.round(time * 1000)) * 1000n;
  content.writeUInt32LE(id, 0);
  content.writeUInt32LE(Number(nanoseconds >> 32n), 4);
  content.writeUInt32LE(Number(nanoseconds & 0xffff_ffffn), 8);
  content.writeUInt32LE(length, 12);
  content.writeUInt32LE(length, 16);
  // xorshift32
  let state = number + 1;
  for (let at = 20; at < content.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    content[at] = state;
  }
  content.writeUInt32LE(number, 20);
  return block(6, content);
}

/** Packets from a number up to before another one. */
export function packets(from: number, to: number, time: number, length = 64): Buffer {
  return Buffer.concat(Array.from({ length: to - from }, (_, at) => packet(from + at, time, length)));
}

/** What is in a file. */
export interface Seen {
  /** The numbers of its packets, in order. */
  readonly numbers: number[];
  /** When they were seen, in milliseconds since 1970. */
  readonly times: number[];
  /** Whether statistics stand at its end. */
  readonly isEnded: boolean;
}

/** Reads a file, and demands that it is whole: each block, and each interface that a packet names. */
export function readWhole(path: string): Seen {
  const stored = readFileSync(path);
  const bytes = path.endsWith('.zst') ? zstdDecompressSync(stored) : stored;
  const numbers: number[] = [];
  const times: number[] = [];
  let interfaces = 0;
  let last = -1;
  for (let at = 0; at < bytes.length; ) {
    assert.ok(at + 12 <= bytes.length, `${path} ends within a block`);
    const type = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    assert.ok(length >= 12 && at + length <= bytes.length, `${path}: a block of ${length} bytes at ${at} of ${bytes.length}`);
    assert.equal(bytes.readUInt32LE(at + length - 4), length, `${path}: both lengths of the block at ${at}`);
    assert.equal(type === 0x0a0d0d0a, at === 0, `${path} has one section, at its beginning`);
    if (type === 1) interfaces += 1;
    if (type === 5 || type === 6) assert.ok(bytes.readUInt32LE(at + 8) < interfaces, `${path}: the interface at ${at} is known`);
    if (type === 6) {
      assert.notEqual(last, 5, `${path}: no packet stands behind the statistics`);
      numbers.push(bytes.readUInt32LE(at + 28));
      times.push(Number((BigInt(bytes.readUInt32LE(at + 12)) << 32n) | BigInt(bytes.readUInt32LE(at + 16))) / 1e6);
    }
    last = type;
    at += length;
  }
  assert.ok(interfaces > 0, `${path} has a beginning`);
  return { numbers, times, isEnded: last === 5 };
}

/** The names of what is in a folder, in order; those that are hidden are left out. */
export function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** The numbers of the packets of all files of a folder, in the order of their names. */
export function numbersIn(folder: string): number[] {
  return namesIn(folder).flatMap((name) => readWhole(join(folder, name)).numbers);
}

/** Whole numbers from one up to before another one. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Keeps what a sink tells. */
export class Hearer {
  readonly closed: ClosedFile[] = [];
  readonly warnings: string[] = [];

  readonly hear = (told: Told): void => {
    if (told.type === 'closed') this.closed.push(told.file);
    else if (told.type === 'warning') this.warnings.push(told.message);
    else assert.fail(`a sink of files told ${told.type}`);
  };
}
