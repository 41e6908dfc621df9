import { accessSync, constants } from 'node:fs';
import { bytes, duration } from '#shared/config/kinds.ts';
import { messageOf } from '#shared/exit.ts';
import { openFailure } from '../files/file-failures.ts';
import { FileNames } from '../files/file-names.ts';
import { FileSink } from '../files/file-sink.ts';
import type { FilesPlan } from '../files/plan.ts';
import type { Told } from '../ring/messages.ts';
import { type BlockSink, type Section, SinkFull } from '../sink.ts';
import { Blocks, type PacketStamp, packetStamp } from './packet-blocks.ts';
import { PacketMemory } from './packet-memory.ts';
import type { RecorderPlan } from './plan.ts';

/** How long after a packet was seen it is here at the latest, in milliseconds: the kernel hands over a block of its ring that is not full after a moment. */
const delay = 1000;

/** What is said of what happened is no longer, in characters: some of it comes from others. */
const longestReason = 1000;

/** A file that is being written. */
interface Writing {
  readonly sink: FileSink;
  /** When it was begun, in milliseconds since 1970. */
  readonly begun: number;
  /** When the last packet was seen that belongs to it, and the same as packets have it. */
  until: number;
  stamp: PacketStamp;
}

/**
 * A flight recorder: the last seconds in memory, and a file when something happens.
 *
 * A file has the packets whose time stamps are later than `keep` before the moment of {@link save}, as far as memory reaches, and up to
 * `after` behind it, in the order in which they came. Each packet is in one file at most: what was written is remembered no more, so that something that
 * happens again and again fills no disk faster than writing all packets would. A disk that is full, or a folder that is gone, is told, and ends
 * nothing: the next file may be luckier.
 */
export class RecorderSink implements BlockSink {
  readonly #plan: RecorderPlan;
  readonly #section: Section;
  readonly #tell: (told: Told) => void;
  readonly #clock: () => number;
  readonly #memory: PacketMemory;
  #writing: Writing | undefined;
  #isShort = false;

  /** @param clock tells the time, in milliseconds since 1970. @throws Exit where there can be no files. */
  constructor(plan: RecorderPlan, section: Section, tell: (told: Told) => void, clock: () => number = Date.now) {
    this.#plan = plan;
    this.#section = section;
    this.#tell = tell;
    this.#clock = clock;
    checkPlace(plan.files);
    this.#memory = new PacketMemory(plan.memory);
  }

  write(given: Uint8Array, packets: number, time: number): void {
    const blocks = new Blocks(given);
    const writing = this.#writing;
    let end = 0;
    if (writing !== undefined) {
      const part = partOfFile(blocks, writing.stamp, { end: given.length, packets, time });
      end = part.end;
      if (end > 0) this.#attempt(() => writing.sink.write(given.subarray(0, end), part.packets, part.time));
      if (end < given.length) this.#finish();
    }
    if (end < given.length) this.#remember(blocks, end, time);
  }

  /**
   * Writes what is remembered to a file, and what comes for a while. Where a file is being written already, that one goes on for longer.
   * @param reason what happened, for a person.
   */
  save(reason: string): void {
    const { keep, after } = this.#plan;
    const now = this.#clock();
    const writing = this.#writing;
    // no file goes on without end, or nobody would ever get it
    if (writing !== undefined && now - writing.begun <= keep + after) {
      writing.until = now + after;
      writing.stamp = packetStamp(writing.until);
      this.#tell({ type: 'warning', message: `${reason}: the file that is being written goes on for longer` });
      return;
    }
    this.#finish();
    this.#memory.forget(now - keep);
    this.#begin(reason, now);
  }

  tick(now: number): void {
    const writing = this.#writing;
    if (writing === undefined) this.#memory.forget(now - this.#plan.keep);
    else {
      this.#attempt(() => writing.sink.tick(now));
      if (now > writing.until + delay) this.#finish();
    }
  }

  /** What is remembered and was not saved is gone. */
  close(): void {
    this.#finish();
  }

  #begin(reason: string, now: number): void {
    const { files, after } = this.#plan;
    const comment = this.#comment(reason, now);
    const section: Section = {
      head: (comments = []) => this.#section.head([...comments, comment]),
      tail: () => this.#section.tail(),
    };
    const until = now + after;
    this.#attempt(() => {
      const sink = new FileSink(files, section, this.#tell);
      this.#writing = { sink, begun: now, until, stamp: packetStamp(until) };
      this.#memory.drain(
        (blocks, packets, time) => sink.write(blocks, packets, time),
        (error) => (error instanceof SinkFull ? error.written : 0),
      );
    });
  }

  #comment(reason: string, now: number): string {
    const { reach } = this.#memory;
    const begins = reach === undefined ? 'then' : `${((now - reach) / 1000).toFixed(3)} s before`;
    return `netprobe flight recorder, saved at ${new Date(now).toISOString()}; it begins ${begins}: ${reason.slice(0, longestReason)}`;
  }

  #remember(blocks: Blocks, start: number, time: number): void {
    const { keep, memory } = this.#plan;
    this.#memory.forget(time - keep);
    const lost = this.#memory.put(blocks, start, blocks.bytes.length);
    if (lost === 0 || this.#isShort) return;
    this.#isShort = true;
    const reach = ((time - (this.#memory.reach ?? time)) / 1000).toFixed(1);
    const holds = `--keep-memory=${bytes().format(memory)} holds only the last ${reach} s of ${duration().format(keep)}`;
    const message = `${holds}; give more, or keep less by a filter, --snap-length or --headers-only`;
    this.#tell({ type: 'warning', message });
  }

  #finish(): void {
    const writing = this.#writing;
    this.#writing = undefined;
    if (writing !== undefined) this.#attempt(() => writing.sink.close());
  }

  /** Does something with the file; where that fails the file is over, and the recorder is not. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#tell({ type: 'warning', message: `what happened is not saved as a whole: ${messageOf(error)}` });
      this.#finish();
    }
  }
}

/** A recorder that could not write would be noticed when it is too late. @throws Exit */
function checkPlace(plan: FilesPlan): void {
  const names = new FileNames(plan);
  try {
    accessSync(names.folder, constants.W_OK);
  } catch (error) {
    throw openFailure(names.path(Date.now(), 1), error);
  }
}

/** Some blocks from the beginning of many: where they end, how many packets they are, and when the last of them was seen. */
interface PartOfFile {
  readonly end: number;
  readonly packets: number;
  readonly time: number;
}

/** The packets up to a moment. @param all what is so of all of them. */
function partOfFile(blocks: Blocks, stamp: PacketStamp, all: PartOfFile): PartOfFile {
  let packets = 0;
  let time = 0;
  for (let at = 0; at < all.end; at = blocks.end(at)) {
    if (!blocks.isPacket(at)) continue;
    if (blocks.isAfter(at, stamp)) return { end: at, packets, time };
    packets += 1;
    time = blocks.time(at);
  }
  return all;
}
