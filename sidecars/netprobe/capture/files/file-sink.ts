import { codeOf, Exit, messageOf } from '#shared/exit.ts';
import type { Told } from '../ring/messages.ts';
import { type BlockSink, type Section, SinkFull } from '../sink.ts';
import { CaptureFile, type Pack } from './capture-file.ts';
import { ClosedFiles } from './closed-files.ts';
import { isNoRoom, noRoomWords, openFailure } from './file-failures.ts';
import { FileNames } from './file-names.ts';
import { partForFile } from './file-part.ts';
import { FilePeriods } from './file-periods.ts';
import { firstTime, type MeasuredBlocks } from './measured-blocks.ts';
import { asTheyAre, zstdPack } from './packing.ts';
import { type FilesPlan, largestFile } from './plan.ts';

/** How long after a packet was seen it is here at the latest, in milliseconds: the kernel hands over a block of its ring that is not full after a moment. */
const delay = 1000;

/** What the end of a file may grow by until it is written, in bytes: a comment about drops, or what cannot be compressed. */
const slack = 256;

/**
 * Packets in files. Another file is begun before one grows beyond its size, and when its time is over; no block is ever split, and nothing is lost between two.
 * Times are those of packets, so that a file that is read is cut as a capture would be. While nothing comes no file is made.
 *
 * Where the disk is full the oldest files go, if they may. Otherwise the last file ends behind the last block that fits, and is valid.
 */
export class FileSink implements BlockSink {
  readonly #plan: FilesPlan;
  readonly #section: Section;
  readonly #tell: (told: Told) => void;
  readonly #names: FileNames;
  readonly #closed: ClosedFiles;
  readonly #pack: Pack;
  /** No file grows beyond so many bytes. */
  readonly #limit: number;
  readonly #periods: FilePeriods;
  #file: CaptureFile | undefined;
  /** How many bytes the end of a file takes at most. */
  #tailRoom = 0;
  #hasWarned = false;
  /** Why nothing more is written. */
  #over: string | undefined;

  /**
   * Begins the first file.
   * @param tell hears of each file that is whole, and of what a person should know. @throws Exit where there can be no file, or none of that name.
   */
  constructor(plan: FilesPlan, section: Section, tell: (told: Told) => void) {
    this.#plan = plan;
    this.#section = section;
    this.#tell = tell;
    this.#names = new FileNames(plan);
    this.#pack = plan.zstd ? zstdPack() : asTheyAre;
    this.#limit = largestFile(plan);
    const now = Date.now();
    this.#periods = new FilePeriods(plan.every, now);
    const path = this.#names.path(now, 1);
    try {
      this.#closed = new ClosedFiles(this.#names, plan, (message) => tell({ type: 'warning', message }));
    } catch (error) {
      throw openFailure(path, error);
    }
    const lack = this.#open(now);
    if (lack !== '') throw openFailure(path, lack);
  }

  write(blocks: Uint8Array, packets: number, time: number): void {
    // an interface more has statistics of its own
    if (packets === 0) this.#tailRoom = 0;
    const all = { end: blocks.length, packets, last: packets > 0 ? time : undefined };
    let written = 0;
    this.#attempt(() => {
      for (let left = blocks; left.length > 0; ) {
        if (this.#over !== undefined) throw new SinkFull(this.#over, written);
        const first = firstTime(left);
        this.#look(first);
        if (this.#file === undefined) {
          // an interface that is described stands in the head of the next file
          if (first === undefined) return;
          const lack = this.#open(first);
          if (lack !== '') throw this.#full(`no other file can be begun: ${noRoomWords(lack)}`, written);
        }
        const done = this.#append(left, left === blocks ? { ...all, first } : undefined, written);
        written += done.packets;
        left = left.subarray(done.end);
      }
    });
  }

  tick(now: number): void {
    // what is said of drops takes room, too
    this.#tailRoom = 0;
    const file = this.#file;
    if (file === undefined || file.packets === 0 || now < this.#periods.end(file.begun) + delay) return;
    this.#attempt(() => this.#finish(file));
  }

  close(): void {
    this.#over ??= 'nothing more was to be written';
    const file = this.#file;
    if (file !== undefined) this.#attempt(() => this.#finish(file));
  }

  /** Whether the time of the file is over, or another time than that of its name. */
  #look(first: number | undefined): void {
    const file = this.#file;
    if (file === undefined || first === undefined) return;
    if (file.packets > 0) {
      if (first >= this.#periods.end(file.begun)) this.#finish(file);
      return;
    }
    this.#periods.hear(first);
    if (first < file.begun || first >= this.#periods.end(file.begun))
      file.rename(this.#names.path(first, this.#closed.number), first);
  }

  /** Begins a file. @returns the code of the error where there is no room. @throws Exit where something else is wrong. */
  #open(time: number): string {
    const head = this.#pack(this.#section.head());
    for (;;) {
      this.#closed.next();
      this.#closed.makeRoom(head.length + this.#tailSize());
      const path = this.#names.path(time, this.#closed.number);
      try {
        const file = new CaptureFile(path, time, this.#plan.numbered);
        if (this.#put(file, head) === head.length) {
          file.keep({ packed: head, packets: 0, first: undefined, last: undefined });
          this.#file = file;
          return '';
        }
        file.discard();
        return file.lack;
      } catch (error) {
        // somebody else made it just now
        if (this.#plan.numbered && codeOf(error) === 'EEXIST') continue;
        if (!isNoRoom(error)) throw error instanceof Exit ? error : openFailure(path, error);
        if (!this.#letOldestGo(path)) return codeOf(error) ?? '';
      }
    }
  }

  /** Writes the beginning of some blocks to the file that is open, as far as they belong into it. @throws SinkFull */
  #append(left: Uint8Array, whole: MeasuredBlocks | undefined, written: number): Pick<MeasuredBlocks, 'end' | 'packets'> {
    const file = this.#file as CaptureFile;
    const bytes = this.#limit - file.size - this.#tailSize();
    const room = { bytes, until: this.#periods.end(file.begun), isEmpty: file.packets === 0 };
    const part = partForFile(left, room, this.#pack, !this.#plan.zstd, whole);
    if (part === undefined) {
      this.#finish(file);
      return { end: 0, packets: 0 };
    }
    const { packed, end, packets } = part;
    if (!this.#closed.makeRoom(file.size + packed.length + this.#tailSize())) {
      this.#finish(file);
      throw this.#full(`--disk=${this.#plan.disk} has no room for a packet of ${packed.length} bytes: give more`, written);
    }
    const there = this.#put(file, packed);
    if (there === packed.length) {
      file.keep(part);
      return { end, packets };
    }
    return this.#endEarly(file, left.subarray(0, end), there, written);
  }

  /** Puts bytes behind a file, and lets old files go for it. @returns how many of them are there. */
  #put(file: CaptureFile, bytes: Uint8Array): number {
    for (let there = 0; ; ) {
      there = file.put(bytes, there);
      if (there === bytes.length || file.lack === 'EFBIG' || !this.#letOldestGo(file.path)) return there;
    }
  }

  #letOldestGo(path: string): boolean {
    if (!this.#closed.areCapped || !this.#closed.removeOldest()) return false;
    if (!this.#hasWarned)
      this.#warn(`the disk of ${path} is full: the oldest files go, although fewer than asked for are left; make room`);
    this.#hasWarned = true;
    return true;
  }

  /** There is no room for some blocks: ends the file behind what fits of them. @throws SinkFull unless another file can take the others. */
  #endEarly(file: CaptureFile, blocks: Uint8Array, there: number, written: number) {
    const { lack } = file;
    const goesOn = lack === 'EFBIG' && this.#plan.numbered;
    const saved = file.salvage(blocks, this.#pack, this.#pack(this.#section.tail()), there, !goesOn);
    if (file.packets > 0 || !this.#plan.numbered) this.#end(file);
    else {
      this.#file = undefined;
      file.discard();
    }
    if (goesOn && file.packets > 0) return saved;
    const advice = this.#closed.areCapped ? 'there is no older file that could go: make room' : 'make room, or give --disk';
    throw this.#full(`nothing more can be written behind ${file.path}: ${noRoomWords(lack)}; ${advice}`, written + saved.packets);
  }

  /** The file is as it should be: its end is written. */
  #finish(file: CaptureFile): void {
    const tail = this.#pack(this.#section.tail());
    if (this.#put(file, tail) === tail.length) file.keep({ packed: tail, packets: 0, first: undefined, last: undefined });
    else {
      file.cut();
      this.#warn(`${file.path} has all its packets, and no statistics at its end: ${noRoomWords(file.lack)}`);
    }
    this.#end(file);
  }

  /** Nothing more is written to the file. */
  #end(file: CaptureFile): void {
    this.#file = undefined;
    file.close();
    this.#closed.add(file.path, file.size);
    this.#tell({ type: 'closed', file: file.closed });
  }

  #full(words: string, written: number): SinkFull {
    this.#over = words;
    return new SinkFull(words, written);
  }

  /** Where something fails that no room would help, what is whole is kept. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof SinkFull)) this.#giveUp(messageOf(error));
      throw error;
    }
  }

  #giveUp(why: string): void {
    this.#over = why;
    const file = this.#file;
    this.#file = undefined;
    try {
      file?.cut();
      if (file !== undefined) this.#end(file);
    } catch {
      // what was wrong first is told
    }
  }

  #tailSize(): number {
    if (this.#tailRoom === 0) this.#tailRoom = this.#section.tail().length + slack;
    return this.#tailRoom;
  }

  #warn(message: string): void {
    this.#tell({ type: 'warning', message });
  }
}
