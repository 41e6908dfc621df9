import type { Followed } from '../follow/followed.ts';
import type { Ledger } from '../follow/ledger.ts';
import { bytesAt } from '../follow/mark.ts';
import { type Content, contentOf } from './content.ts';
import { leastStretch, type Progress, type Recorder, type Stretch } from './recorder.ts';

/** Records a file by what its beginning tells that it holds; takes nothing until it does. */
export class ChosenRecorder implements Recorder {
  readonly #file: Followed;
  /** The file may be begun again, with another one, while records are made of what it held. */
  readonly #ledger: Ledger;
  /** Until it is asked: what it remembers is of no use any more. */
  #choose: ((content: Content) => Recorder) | undefined;
  readonly #group: Uint8Array | undefined;
  #chosen: Recorder | undefined;

  /** @param group of its first records, unless they are found to belong to another. */
  constructor(file: Followed, choose: (content: Content) => Recorder, group: Uint8Array | undefined) {
    this.#file = file;
    this.#ledger = file.ledger;
    this.#choose = choose;
    this.#group = group;
  }

  get group(): Uint8Array | undefined {
    return this.#chosen === undefined ? this.#group : this.#chosen.group;
  }

  get holds(): boolean {
    return this.#chosen?.holds ?? false;
  }

  record(stretch: Stretch, output: Buffer, at: number, end: number, progress: Progress): void {
    const first = this.#chosen === undefined;
    if (first) {
      this.#ledger.content ??= this.#content(stretch);
      const { content } = this.#ledger;
      if (content !== undefined) {
        this.#chosen = this.#choose?.(content);
        this.#choose = undefined;
      }
    }
    if (this.#chosen !== undefined && (!first || this.#chosen.group === this.#group)) {
      this.#chosen.record(stretch, output, at, end, progress);
      return;
    }
    progress.consumed = progress.written = progress.records = progress.repaired = progress.filtered = progress.need = 0;
    progress.piece = undefined;
    progress.stop = this.#chosen === undefined ? 'more' : 'group';
  }

  #content({ chunk, from, to, cursor, final }: Stretch): Content | undefined {
    const { fd } = this.#file;
    if (cursor.offset === 0 || fd === undefined) {
      const all = final === 'line' || to - from >= leastStretch;
      return contentOf(chunk.subarray(from, to), all);
    }
    const bytes = bytesAt(fd, 0, leastStretch);
    return contentOf(Buffer.from(bytes.buffer, 0, bytes.length), true);
  }
}
