import type { Part } from '#shared/health.ts';
import type { Log } from '#shared/log.ts';
import type { LogsSettings } from './config.ts';
import type { Destination } from './destinations/destination.ts';
import { ObjectPlan } from './follow/objects.ts';
import { Pump, type PumpOptions } from './follow/pump.ts';
import { FileTable } from './follow/table.ts';
import type { Counters } from './observe.ts';
import { recorderFor } from './record/recorders.ts';
import type { Account, Memory } from './remember/position.ts';
import type { DeadLetters } from './ship/dead-letter.ts';
import { Shipper } from './ship/shipper.ts';
import { openSink } from './sinks/open.ts';
import type { Sink } from './sinks/sink.ts';

/** Waits between attempts to send a batch, in milliseconds. */
const backoff = { base: 200, cap: 10_000 };
/** How much of the grace may go into shipping what is left, to a sink that is well and to one that is not; the rest is for the positions. */
const drainShare = { well: 0.75, unwell: 0.5 };

/** What it costs to begin a stretch of a file, in bytes that are shipped. */
const perStretch = 2048;

/** What a lane is told of the sidecar around it. */
export interface Surroundings {
  readonly settings: LogsSettings;
  readonly part: Part;
  readonly log: Log;
  readonly counters: Counters;
  readonly deadLetters: DeadLetters;
  /** How far its destination was before. */
  readonly memory: Memory;
  /** Something changed that is to be remembered. */
  readonly changed: () => void;
  /** Writes what is to be remembered. @returns whether all of it is on the disk. */
  readonly save: () => Promise<boolean>;
  /** Bytes were shipped, or what costs as much. */
  readonly worked: (bytes: number) => void;
  /** A batch will not arrive: nothing more is sent. */
  readonly gaveUp: () => void;
  /** Looks at the bytes that become records. */
  readonly passed: PumpOptions['passed'];
}

/**
 * The way of the lines to one destination: which files there are for it, how far each was read and acknowledged, its batches and its sink.
 * Lanes share nothing but the scans, so that a destination that is slow or dead holds up no other.
 *
 *     follow → split → batch → ship → acknowledge
 */
export class Lane {
  readonly name: string;
  readonly sink: Sink;
  readonly part: Part;
  readonly table: FileTable;
  readonly shipper: Shipper;
  readonly #pump: Pump;
  readonly #log: Log;
  readonly #dropped: (bytes: number) => void;
  #limit: NodeJS.Timeout | undefined;

  private constructor({ name, batchBytes, flush }: Destination, sink: Sink, surroundings: Surroundings) {
    const { settings, part, log, counters, deadLetters, memory, changed, save, worked, gaveUp, passed } = surroundings;
    const { objects } = sink;
    const labels = { destination: name };
    counters.begin(labels);
    this.name = name;
    this.sink = sink;
    this.part = part;
    this.#log = log;
    this.#dropped = (bytes) => counters.dropped.add(bytes, labels);
    this.table = new FileTable(memory, { ...settings, log, changed });
    this.shipper = new Shipper(
      sink,
      { batchBytes: objects?.bytes ?? batchBytes, flush, backoff, deadLetters, part, log },
      {
        acknowledged: (batch, milliseconds, refused) => {
          counters.lines.add(batch.records - refused, labels);
          counters.rejected.add(refused, labels);
          counters.bytes.add(batch.bytesRead, labels);
          counters.batches.add(1, labels);
          counters.seconds.observe(milliseconds / 1000, labels);
          changed();
          worked(batch.bytesRead + perStretch * batch.segments.length);
          this.#pump.arrived(batch);
        },
        retried: () => counters.retries.add(1, labels),
        gaveUp,
      },
    );
    this.#pump = new Pump(this.table, this.shipper, {
      ...settings,
      objects: objects && new ObjectPlan({ ...objects, linger: settings.linger, changed, save }),
      recorder: (file) => recorderFor(file, sink.format, settings),
      passed,
      log,
      changed: ({ repaired, filtered }) => {
        counters.repaired.add(repaired, labels);
        counters.filtered.add(filtered, labels);
      },
      skipped: changed,
    });
    part.ok();
  }

  /** Opens the sink of a destination. @throws Exit where it cannot be opened. */
  static async open(destination: Destination, surroundings: Surroundings): Promise<Lane> {
    return new Lane(destination, await openSink(destination, surroundings.settings), surroundings);
  }

  /** What is to be remembered. */
  get account(): Account {
    return { to: this.name, ...this.table.memory };
  }

  /** Reads what there is to read. */
  offer(): void {
    this.#pump.offerAll();
  }

  /** Gives up a file, with what is not shipped of it. */
  giveUp(id: string): void {
    for (const file of this.table) {
      if (file.id !== id) continue;
      this.#log.error({ file: file.label, bytes: file.unread }, 'given up: deleted files hold more than LOGS_MAX_PINNED');
      this.#dropped(file.unread);
      this.table.drop(file);
    }
  }

  /** Looks at a file that may have changed. */
  touched(path: string): void {
    for (const file of this.table.at(path)) {
      file.touched();
      this.#pump.offer(file);
    }
  }

  /**
   * Ships what comes until the signal; then what is there by now, as long as the sink takes it and the grace lasts.
   * @param last resolves after the last scan.
   */
  async follow(until: AbortSignal, last: Promise<void>): Promise<void> {
    await this.#pump.run(until);
    await last;
    await this.#pump.drain(false);
    await this.#settle();
  }

  /** Ships all that is there, or what can be until the signal. More may come afterwards. */
  async drain(until: AbortSignal): Promise<void> {
    await this.#pump.drain(true, until);
    await this.#settle();
  }

  /** From now on each batch gets one more attempt, within a share of the grace in milliseconds. */
  stop(grace: number): void {
    this.shipper.stopRetrying();
    const share = this.part.state === 'ok' ? drainShare.well : drainShare.unwell;
    this.#limit = setTimeout(() => this.shipper.abort(), grace * share);
  }

  /** Lets go of its destination, once nothing is to be shipped any more. */
  close(): Promise<void> {
    return this.sink.close();
  }

  async #settle(): Promise<void> {
    await this.shipper.settle();
    clearTimeout(this.#limit);
  }
}
