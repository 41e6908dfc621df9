import type { Progress, RunEvent } from '../run/events.ts';
import { renderProgress } from './progress.ts';
import { Rate } from './rate.ts';

/** What progress is written to: a stream, which may be a terminal. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Takes how far a run is, as often as one likes, and shows it as often as is good. */
export interface ProgressReport {
  update(progress: Progress): void;
  /** Leaves nothing of it on a terminal. Nothing is shown afterwards. */
  end(): void;
}

/** How often it is shown to a person, and written for a program, in ms. A new phase is shown at once. */
const pace = { line: 100, record: 1000 };

/**
 * Shows how far a run is: on a terminal as one line that changes, elsewhere as a line of JSON a second.
 * @param now in milliseconds, by a clock that nobody sets.
 */
export function reportProgress(output: ProgressOutput, now: () => number = () => performance.now()): ProgressReport {
  return output.isTTY ? new ProgressLine(output, now) : new ProgressRecords(output, now);
}

class ProgressLine implements ProgressReport {
  readonly #output: ProgressOutput;
  readonly #now: () => number;
  readonly #rate = new Rate();
  readonly #due: (progress: Progress) => boolean;
  /** How wide the line is that stands there. */
  #width = 0;
  #ended = false;

  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#now = now;
    this.#due = paced(pace.line, now);
  }

  update(progress: Progress): void {
    if (this.#ended || !this.#due(progress)) return;
    this.#rate.add(this.#now(), progress.bytes);
    this.#draw(renderProgress(progress, this.#rate.perSecond, this.#room));
  }

  /** The last column is left free: some terminals begin a new line after it. */
  get #room(): number {
    return (this.#output.columns ?? 80) - 1;
  }

  end(): void {
    if (!this.#ended) this.#draw('');
    this.#ended = true;
  }

  /** The cursor goes back to the beginning, so that a line of the log takes the place of this one. */
  #draw(text: string): void {
    if (text.length === 0 && this.#width === 0) return;
    this.#output.write(`\r${text.padEnd(Math.min(this.#width, this.#room))}\r`);
    this.#width = text.length;
  }
}

class ProgressRecords implements ProgressReport {
  readonly #output: ProgressOutput;
  readonly #due: (progress: Progress) => boolean;
  #ended = false;

  constructor(output: ProgressOutput, now: () => number) {
    this.#output = output;
    this.#due = paced(pace.record, now);
  }

  update(progress: Progress): void {
    if (this.#ended || !this.#due(progress)) return;
    const event: RunEvent = { event: 'progress', ...progress };
    this.#output.write(`${JSON.stringify(event)}\n`);
  }

  end(): void {
    this.#ended = true;
  }
}

/** True for the first of a phase, and then no more often than each so many ms. */
function paced(distance: number, now: () => number): (progress: Progress) => boolean {
  let phase: Progress['phase'] | undefined;
  let next = 0;
  return (progress) => {
    const time = now();
    if (progress.phase === phase && time < next) return false;
    phase = progress.phase;
    next = time + distance;
    return true;
  };
}
