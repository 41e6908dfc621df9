import type { Health } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import type { LogsSettings } from './config.ts';
import type { Destination } from './destinations/destination.ts';
import type { Scan } from './discover/scan.ts';
import { AfterShip } from './follow/after-ship.ts';
import type { Followed } from './follow/followed.ts';
import { tooManyPinned } from './follow/pinned.ts';
import { Lane, type Surroundings } from './lane.ts';
import type { Counters } from './observe.ts';
import type { State } from './remember/state.ts';
import type { DeadLetters } from './ship/dead-letter.ts';

/** What lanes are told of the sidecar around them. */
export interface LanesOptions {
  readonly settings: LogsSettings;
  readonly health: Health;
  readonly log: Log;
  readonly counters: Counters;
  readonly deadLetters: DeadLetters;
  readonly state: State;
  /** A lane will send nothing more. */
  readonly gaveUp: () => void;
  /** Bytes were shipped, or what costs as much. */
  readonly worked: Surroundings['worked'];
  /** Looks at the bytes that become records, of the first lane alone: each byte once. */
  readonly passed: Surroundings['passed'];
}

/** The lanes of all destinations. */
export class Lanes {
  readonly #lanes: readonly Lane[];
  readonly #maxPinned: number | undefined;
  readonly #afterShip: AfterShip | undefined;

  private constructor(lanes: readonly Lane[], { settings, health, log, counters }: LanesOptions) {
    const { maxPinned, afterShip, linger, readGzip } = settings;
    this.#lanes = lanes;
    this.#maxPinned = maxPinned;
    if (afterShip === 'keep') return;
    const done = (bytes: number) => {
      counters.finished.add();
      counters.finishedBytes.add(bytes);
    };
    this.#afterShip = new AfterShip({ action: afterShip, linger, readGzip, part: health.part('after-ship'), log, done });
  }

  /** Opens a lane for each destination. @throws Exit where the sink of one cannot be opened. */
  static async open(destinations: readonly Destination[], options: LanesOptions): Promise<Lanes> {
    const { settings, health, log, counters, deadLetters, state, gaveUp } = options;
    const lanes: Lane[] = [];
    for (const destination of destinations) {
      const { name } = destination;
      const surroundings = {
        settings,
        part: health.part(partName(name, destinations.length)),
        log: destinations.length === 1 ? log : log.child({ destination: name }),
        counters,
        deadLetters,
        memory: state.memoryOf(name),
        changed: () => state.touch(),
        save: () => state.flush(),
        worked: options.worked,
        gaveUp,
        passed: lanes.length === 0 ? options.passed : undefined,
      };
      lanes.push(await Lane.open(destination, surroundings));
    }
    return new Lanes(lanes, options);
  }

  [Symbol.iterator](): Iterator<Lane> {
    return this.#lanes.values();
  }

  /** All files that are followed, each once, however many lanes follow it; as a deleted one where one of them found that. */
  get files(): Followed[] {
    const files = new Map<string, Followed>();
    for (const { table } of this.#lanes)
      for (const file of table) if (file.standing === 'deleted' || !files.has(file.id)) files.set(file.id, file);
    return [...files.values()];
  }

  /** What could not be opened, one sentence for each file. */
  get problems(): string[] {
    return [...new Set(this.#lanes.flatMap(({ table }) => table.problems))];
  }

  /** How many files wait until others are closed, as no more may be open. */
  get crowded(): number {
    return Math.max(...this.#lanes.map(({ table }) => table.crowded));
  }

  /** Does what is to be done with rotated files that every destination has. */
  finish(): void {
    this.#afterShip?.apply(this.#lanes.map(({ table }) => table.rotated()));
  }

  /** Takes in which files there are, gives up deleted ones that hold too much, and does with shipped ones what is to be done. */
  scanned(scan: Scan): void {
    for (const lane of this.#lanes) lane.table.update(scan);
    if (this.#maxPinned !== undefined)
      for (const { id } of tooManyPinned(this.files, this.#maxPinned)) for (const lane of this.#lanes) lane.giveUp(id);
    for (const lane of this.#lanes) lane.offer();
    this.finish();
  }

  /** Looks at a file that may have changed. */
  touched(path: string): void {
    for (const lane of this.#lanes) lane.touched(path);
  }

  /** Calls `work` for all of them at the same time, and waits for all. */
  async all(work: (lane: Lane) => Promise<void>): Promise<void> {
    await Promise.all(this.#lanes.map(work));
  }
}

/** How the health of a sink is called: the only one has no name. */
export function partName(destination: string, count: number): string {
  return count === 1 ? 'sink' : `sink:${destination}`;
}
