import { Access } from './access.ts';
import { scanLine } from './scan.ts';
import { type Snapshot, type SnapshotOptions, snapshotOf } from './snapshot.ts';
import type { Tally } from './tally.ts';
import { type WindowName, Windows } from './windows.ts';

/**
 * What access logs tell while they pass: takes the lines of all files, and tells what was counted. Time is that at which lines were read.
 * Its memory is bounded, whatever comes: some 5 MiB at the most.
 */
export class Analysis {
  readonly #access = new Access();
  readonly #windows: Windows;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#windows = new Windows(now());
  }

  /** Counts the lines of `chunk[from, to)`; the last one may lack its line end. */
  take(chunk: Buffer, from: number, to: number): void {
    const counts = this.#windows.at(this.#now());
    const access = this.#access;
    for (let at = from; at < to; ) {
      const found = chunk.indexOf(lf, at);
      const end = found < 0 || found > to ? to : found;
      const behind = end > at && chunk[end - 1] === cr ? end - 1 : end;
      if (scanLine(chunk, at, behind, access)) counts.add(access);
      else counts.tally.otherLines += 1;
      at = end + 1;
    }
  }

  /** What was counted in a window. */
  snapshot(name: WindowName, options: SnapshotOptions): Snapshot {
    return snapshotOf(this.#windows, name, this.#now(), options);
  }

  /** The numbers since the start. */
  get tally(): Tally {
    return this.#windows.tally();
  }
}

const lf = 0x0a;
const cr = 0x0d;
