import { type Encoded, nothingEncoded, type Room } from './encoded.ts';
import type { GeneralRecorder } from './general.ts';
import type { Final, Progress, Recorder, Stretch } from './recorder.ts';

const lf = 0x0a;
const encoded = nothingEncoded();

/**
 * Makes records of as many lines as have the usual form, and tells in `result` what came of it; a record that is not whole, has another form or does not fit
 * ends it, and so does one of another group, which is then the recorder's. @returns how many bytes such a record takes at the most; undefined where it cannot write there.
 */
export type Quick = (stretch: Stretch, room: Room, result: Encoded) => number | undefined;

/** Makes records quickly where lines have the usual form, and leaves all others to the general recorder, which makes the same records of the same lines. */
export class QuickRecorder implements Recorder {
  readonly #quick: Quick;
  readonly #general: GeneralRecorder;
  /** Whether the last call was left to it. */
  #left = false;

  constructor(quick: Quick, general: GeneralRecorder) {
    this.#quick = quick;
    this.#general = general;
  }

  get group(): Uint8Array | undefined {
    return this.#general.group;
  }

  get holds(): boolean {
    return this.#left && this.#general.holds;
  }

  record(stretch: Stretch, output: Buffer, at: number, end: number, progress: Progress): void {
    const { chunk, from, to, cursor, final } = stretch;
    const isFree = cursor.piece === undefined && this.#general.settled;
    const most = isFree ? this.#quick(stretch, { output, at, end }, encoded) : undefined;
    this.#left = most === undefined || (encoded.consumed === 0 && encoded.stop !== 'room' && encoded.stop !== 'group');
    if (most !== undefined && !this.#left) {
      take(final, most, progress);
      return;
    }
    const found = most !== undefined && final === 'no' ? chunk.indexOf(lf, from) + 1 : 0;
    // only what has to be: the lines behind may have the usual form again
    const one = found > 0 && found < to ? { ...stretch, to: found } : stretch;
    this.#general.record(one, output, at, end, progress);
    if (one === stretch) return;
    if (progress.consumed === 0 && progress.stop === 'more') this.#general.record(stretch, output, at, end, progress);
    else if (progress.stop === 'more') progress.stop = 'end';
  }
}

/** Says in `progress` what was encoded. */
function take(final: Final, most: number, progress: Progress): void {
  const { consumed, written, records, repaired, stop } = encoded;
  progress.consumed = consumed;
  progress.written = written;
  progress.records = records;
  progress.repaired = repaired;
  progress.filtered = 0;
  progress.piece = undefined;
  progress.need = most;
  // what else is left is for the next call
  if (stop === 'room' || (stop === 'more' && final === 'no')) progress.stop = stop;
  else progress.stop = stop === 'group' && consumed === 0 ? 'group' : 'end';
}
