import type { Frames } from '../archive/frames.ts';
import type { Snapshot } from '../databases/server.ts';
import type { Phase, Progress } from './events.ts';
import type { Tally } from './tally.ts';

/** How far a run is, as it is asked. */
export class Gauge {
  phase: Phase = 'waiting';
  /** How many bytes the sources have, as far as one can tell. */
  total: number | undefined;
  readonly #tally: Tally;
  /** Where the archive stood when the present file was begun. */
  #begun = 0;
  frames: Frames | undefined;
  /** Of a part that is read back, or brought back. */
  readBack = 0;
  /** Of the tables of databases that are dumped: as many bytes as they have on their servers. */
  dumped = 0;
  /** The database that is dumped at the moment. */
  database: Pick<Snapshot, 'progress'> | undefined;

  constructor(tally: Tally) {
    this.#tally = tally;
  }

  /** The next name is looked at. */
  next(): void {
    this.#begun = this.frames?.position ?? 0;
  }

  get progress(): Progress {
    const { phase, total } = this;
    if (phase === 'comparing') return { phase, bytes: 0, total: undefined, files: this.#tally.counts.files };
    const within = Math.max(0, (this.frames?.position ?? 0) - this.#begun);
    const read = this.#tally.bytes.total + (phase === 'reading' ? within : 0);
    const bytes =
      phase === 'verifying' || phase === 'drilling'
        ? this.readBack
        : read + this.dumped + Math.round(this.database?.progress.bytes ?? 0);
    return { phase, bytes, total, files: this.#tally.counts.files };
  }
}
