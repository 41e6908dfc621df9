import { noProgress, type Progress, type Recorder, type Stretch } from '../record/recorder.ts';
import type { Sink } from '../sinks/sink.ts';

const lf = 0x0a;

/** Passes over whole lines without making records of them: somebody looks at them while they pass. */
export class NoRecords implements Recorder {
  readonly group = undefined;
  readonly holds = false;
  readonly #maxLine: number;

  /** @param maxLine bytes; a line that is longer is passed over in pieces. */
  constructor(maxLine: number) {
    this.#maxLine = maxLine;
  }

  record({ chunk, from, to, final }: Stretch, _output: Buffer, _at: number, _end: number, progress: Progress): void {
    const end = chunk.subarray(from, to).lastIndexOf(lf) + 1;
    const takesAll = end === 0 && (final === 'line' || to - from > this.#maxLine);
    Object.assign(progress, noProgress());
    progress.consumed = takesAll || final === 'line' ? to - from : end;
    progress.stop = progress.consumed === to - from ? 'end' : 'more';
  }
}

/** Where no record ever goes. */
export const nowhere: Sink = {
  name: 'nowhere',
  format: { contentType: 'text/plain', write: () => 0 },
  concurrency: 1,
  send: async () => undefined,
  check: async () => 'nothing is sent',
  close: async () => {},
};
