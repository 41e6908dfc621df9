import { PerSecond } from './per-second.ts';
import { Tally } from './tally.ts';
import type { Counts } from './verdict.ts';

/** What the application says of itself at `/server-status`. */
export interface ServerStatus {
  readonly requests: number;
  /** Requests that were answered with an error of its own. */
  readonly failed: number;
  readonly rotations: number;
  readonly orders: number;
  /** Questions to the stock that were put again, because the connection was gone. */
  readonly repeats: number;
}

/** The lines of the application that arrived, beside what it says it wrote. */
export interface Snapshot extends Counts {
  /** Batches, that is POST requests, that arrived. */
  readonly batches: number;
  /** The host in the records: the container, or the machine, of the sidecar. */
  readonly host: string;
  /** Lines in each of the last 60 seconds, the oldest first. */
  readonly perSecond: { readonly written: readonly number[]; readonly shipped: readonly number[] };
  /** The last lines that arrived, the newest first. */
  readonly lines: readonly string[];
}

const seconds = 60;
const linesShown = 12;
const rangesShown = 10;

/** What arrived so far, beside what was written. */
export class Arrivals {
  readonly #tally = new Tally();
  readonly #perSecond = { written: new PerSecond(seconds), shipped: new PerSecond(seconds) };
  #status: ServerStatus | undefined;
  #unnumbered = 0;
  #batches = 0;
  #host = '';
  #lines: string[] = [];

  /**
   * Takes the records of one batch: NDJSON, one object with a `message` on each line.
   * @throws SyntaxError or TypeError where it is something else; then nothing of it counts.
   */
  take(body: string, now: number): void {
    const records = body.split('\n').slice(0, -1).map(parseRecord);
    for (const { message } of records) {
      const id = / id=(\d{1,9})$/.exec(message)?.[1];
      if (id === undefined || id === '0') this.#unnumbered += 1;
      else this.#tally.add(Number(id));
    }
    this.#batches += 1;
    this.#host = records.at(-1)?.host ?? this.#host;
    this.#lines = [...records.map(({ message }) => message).reverse(), ...this.#lines].slice(0, linesShown);
    this.#perSecond.shipped.add(records.length, now);
  }

  /** Notes how much the application has written by now. */
  note(status: ServerStatus, now: number): void {
    this.#perSecond.written.add(Math.max(0, status.requests - (this.#status?.requests ?? status.requests)), now);
    this.#status = status;
  }

  snapshot(now: number): Snapshot {
    const { requests: written, rotations } = this.#status ?? { requests: 0, rotations: 0 };
    const beyond = this.#tally.beyond(written);
    return {
      written,
      rotations,
      shipped: this.#tally.different - beyond,
      duplicates: this.#tally.duplicates,
      strangers: this.#unnumbered + beyond,
      missing: this.#tally.missing(written, rangesShown),
      batches: this.#batches,
      host: this.#host,
      perSecond: { written: this.#perSecond.written.before(now), shipped: this.#perSecond.shipped.before(now) },
      lines: this.#lines,
    };
  }
}

function parseRecord(line: string): { message: string; host: string } {
  const record: unknown = JSON.parse(line);
  if (typeof record !== 'object' || record === null || !('message' in record) || typeof record.message !== 'string')
    throw new TypeError(`not a record: ${line.slice(0, 200)}`);
  return { message: record.message, host: 'host' in record ? String(record.host) : '' };
}
