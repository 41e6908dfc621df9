import { closeSync, fstatSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import { isNoRoom, openFailure } from './file-failures.ts';
import { measureBlocks } from './measured-blocks.ts';
import type { ClosedFile } from './plan.ts';

/** How blocks stand in a file: as they are, or compressed. What comes out can be read by itself. */
export type Pack = (blocks: Uint8Array) => Uint8Array;

/** Blocks on their way into a file. */
export interface PackedPart {
  readonly packed: Uint8Array;
  readonly packets: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/** What a full disk may take back of a file that ends, for its statistics, in bytes. */
const dispensable = 4096;

/** A file that is being written. All of it up to {@link size} is whole; what is behind that is taken back by {@link cut}. */
export class CaptureFile {
  #path: string;
  readonly #fd: number;
  /** A pipe or a device cannot be cut. */
  readonly #isRegular: boolean;
  /** When it was begun, in milliseconds since 1970. */
  begun: number;
  #size = 0;
  #packets = 0;
  #first: number | undefined;
  #last: number | undefined;
  /** Where it was whole lately, and what it had then. */
  readonly #points: { readonly size: number; readonly packets: number; readonly last: number | undefined }[] = [];
  /** Why the last {@link put} did not take all. */
  lack = '';

  /** @param isNew whether one that is there is not to be written over. @throws the system's error. */
  constructor(path: string, begun: number, isNew: boolean) {
    this.#path = path;
    this.begun = begun;
    this.#fd = openSync(path, isNew ? 'wx' : 'w', 0o644);
    this.#isRegular = fstatSync(this.#fd).isFile();
  }

  get path(): string {
    return this.#path;
  }

  get size(): number {
    return this.#size;
  }

  get packets(): number {
    return this.#packets;
  }

  get closed(): ClosedFile {
    return { path: this.#path, bytes: this.#size, packets: this.#packets, first: this.#first, last: this.#last };
  }

  /** Gives it another name, and another beginning. @throws Exit */
  rename(path: string, begun: number): void {
    this.begun = begun;
    if (path === this.#path || !this.#isRegular) return;
    try {
      renameSync(this.#path, path);
    } catch (error) {
      throw openFailure(path, error);
    }
    this.#path = path;
  }

  /**
   * Writes bytes behind all that is whole, which they are not yet: see {@link keep}.
   * @param from how many of them are there already.
   * @returns how many of them are there now; fewer than all where there is no room: see {@link lack}. @throws Exit that names the file.
   */
  put(bytes: Uint8Array, from = 0): number {
    let at = from;
    try {
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#isRegular ? this.#size + at : null);
    } catch (error) {
      if (!isNoRoom(error)) throw this.#failure('written', error);
      this.lack = codeOf(error) ?? '';
    }
    return at;
  }

  /** What was put is whole. */
  keep({ packed, packets, first, last }: PackedPart): void {
    this.#points.push({ size: this.#size, packets: this.#packets, last: this.#last });
    this.#size += packed.length;
    while (this.#size - (this.#points[0]?.size ?? this.#size) > dispensable) this.#points.shift();
    this.#packets += packets;
    this.#first ??= first;
    this.#last = last ?? this.#last;
  }

  /**
   * Keeps of blocks what there is room for, and the end of the file behind them, if need be in the place of the last packets before.
   * @param room how many bytes can be behind what is whole. @param mayTake whether packets of earlier blocks may go.
   * @returns where the blocks that it has now end, and how many more packets it has than before; fewer than none where some had to go.
   */
  salvage(blocks: Uint8Array, pack: Pack, tail: Uint8Array, room: number, mayTake: boolean): { end: number; packets: number } {
    const before = this.#packets;
    const ended = this.#fitting(blocks, pack, room - tail.length) ?? (mayTake ? this.#takeBack(room, tail) : undefined);
    const last = ended ?? this.#fitting(blocks, pack, room) ?? nothing;
    const whole = Buffer.concat(ended === undefined ? [last.packed] : [last.packed, tail]);
    if (this.put(whole) < whole.length) {
      // somebody else took the room meanwhile
      this.cut();
      return { end: 0, packets: this.#packets - before };
    }
    this.keep({ ...last, packed: whole });
    this.cut();
    return { end: last.end, packets: this.#packets - before };
  }

  /** Takes back what is not whole. @throws Exit that names the file. */
  cut(): void {
    if (!this.#isRegular) return;
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch (error) {
      throw this.#failure('cut', error);
    }
  }

  /** @throws Exit that names the file: some file systems tell only now what they could not write. */
  close(): void {
    try {
      closeSync(this.#fd);
    } catch (error) {
      throw this.#failure('written', error);
    }
  }

  /** Closes it, and removes it. */
  discard(): void {
    this.close();
    if (this.#isRegular) rmSync(this.#path, { force: true });
  }

  /** As many blocks as fit; undefined where not even nothing does. */
  #fitting(blocks: Uint8Array, pack: Pack, room: number): (PackedPart & { readonly end: number }) | undefined {
    if (room < 0) return undefined;
    const ends: number[] = [];
    measureBlocks(blocks, (end) => {
      ends.push(end);
      return false;
    });
    const packed = (end: number) => (end === 0 ? new Uint8Array() : pack(blocks.subarray(0, end)));
    let [fits, tooMany] = [0, ends.length + 1];
    while (tooMany - fits > 1) {
      const middle = (fits + tooMany) >> 1;
      if (packed(ends[middle - 1] ?? 0).length <= room) fits = middle;
      else tooMany = middle;
    }
    const end = fits === 0 ? 0 : (ends[fits - 1] ?? 0);
    return { ...measureBlocks(blocks.subarray(0, end)), packed: packed(end), end };
  }

  /** Goes back to where there is room for the end; undefined where that is too far. */
  #takeBack(room: number, tail: Uint8Array): (PackedPart & { readonly end: number }) | undefined {
    const point = this.#points.findLast(({ size }) => size > 0 && size + tail.length <= this.#size + room);
    if (point === undefined) return undefined;
    this.#size = point.size;
    this.#packets = point.packets;
    this.#last = point.last;
    return nothing;
  }

  #failure(what: string, error: unknown): Exit {
    const advice = codeOf(error) === 'EIO' ? '; look into the log of the kernel: the disk may be failing' : '';
    return new Exit(exitCode.failed, `${this.#path} cannot be ${what}: ${messageOf(error)}${advice}`, { cause: error });
  }
}

const nothing = { end: 0, packed: new Uint8Array(), packets: 0, first: undefined, last: undefined } as const;
