import { messageOf } from '#shared/exit.ts';
import type { Log } from '#shared/log.ts';
import type { Batch } from '../ship/batch.ts';
import type { Shipper } from '../ship/shipper.ts';
import type { Followed } from './followed.ts';
import { Later } from './later.ts';
import type { Ledger } from './ledger.ts';
import { holds } from './mark.ts';
import type { ObjectPlan } from './objects.ts';
import { sameHead } from './read.ts';
import { type Ending, Reader, type ReaderOptions, type Reading } from './reader.ts';
import type { FileTable } from './table.ts';

/** What a pump is told of the settings. */
export interface PumpOptions extends ReaderOptions {
  readonly log: Log;
}

/**
 * Moves bytes from the files into batches, one file at a time, in turns. It waits where there is nothing to read,
 * and where the sink takes nothing more.
 *
 *     file → chunk → records in a batch
 */
export class Pump {
  readonly #table: FileTable;
  readonly #shipper: Shipper;
  readonly #options: PumpOptions;
  readonly #reader: Reader;
  readonly #ready = new Set<Followed>();
  readonly #later = new Later((file) => this.offer(file));
  /** The objects on their way. */
  readonly #objects = new Map<Batch, Pick<Reading, 'file' | 'ledger'>>();
  #wake: (() => void) | undefined;

  constructor(table: FileTable, shipper: Shipper, options: PumpOptions) {
    this.#table = table;
    this.#shipper = shipper;
    this.#options = options;
    this.#reader = new Reader(table, shipper, options);
  }

  /** Says that a file may have something to read. */
  offer(file: Followed): void {
    const wait = this.#waitFor(file);
    if (wait === Number.POSITIVE_INFINITY) return;
    if (wait > 0) {
      this.#later.add(file, wait);
      return;
    }
    this.#ready.add(file);
    this.#wake?.();
  }

  /** Says it of all files. */
  offerAll(): void {
    for (const file of this.#table) this.offer(file);
  }

  /** Says that a batch arrived: if it was an object, the next of its file may follow. */
  arrived(batch: Batch): void {
    const object = this.#objects.get(batch);
    if (object === undefined) return;
    this.#objects.delete(batch);
    this.#options.objects?.moved(object.ledger);
    this.offer(object.file);
  }

  /** Reads whatever is offered, until the signal aborts or a batch was given up. */
  async run(until: AbortSignal): Promise<void> {
    const wake = () => this.#wake?.();
    until.addEventListener('abort', wake);
    while (!until.aborted && !this.#shipper.gaveUp) {
      const [file] = this.#ready;
      if (file === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
        continue;
      }
      this.#ready.delete(file);
      // more of it, behind the others
      if (await this.#take(file)) this.offer(file);
    }
    this.#later.clear();
    until.removeEventListener('abort', wake);
  }

  /**
   * Reads each file up to the size that it has now, and no further: an application that goes on writing does not keep it.
   * @param final takes an unfinished last line for a whole one.
   * @param until ends it before that.
   */
  async drain(final: boolean, until?: AbortSignal): Promise<void> {
    const ending = final ? 'over' : 'stopping';
    const sizes = new WeakMap<Ledger, number>();
    const isLeft = (file: Followed) => file.cursor.offset < sizes.getOrInsert(file.ledger, file.size);
    const goesOn = () => !this.#shipper.gaveUp && !until?.aborted;
    for (let moved = true; moved && goesOn(); ) {
      moved = false;
      // each file has one object on its way
      if (this.#options.objects !== undefined) await this.#shipper.settle();
      // a copy that is found meanwhile is added to the table behind the others, and gets its turn
      for (const file of this.#table) {
        while (isLeft(file) && goesOn()) {
          const { cursor } = file;
          await this.#take(file, ending);
          if (file.cursor === cursor) break;
          moved = true;
        }
      }
    }
    this.#later.clear();
  }

  /** Milliseconds until there is something to do with a file; Infinity where nothing is known of. */
  #waitFor(file: Followed): number {
    if (file.gone) return Number.POSITIVE_INFINITY;
    // whoever reads it finds out what became of it
    if (file.shrunk || file.suspect) return 0;
    const due = this.#options.objects?.dueIn(file) ?? 0;
    return file.readable ? due : Math.max(due, this.#reader.finalIn(file));
  }

  /** Does what there is to do with a file. @returns whether it could be read. */
  async #take(file: Followed, ending?: Ending): Promise<boolean> {
    if (file.gone) return false;
    file.heldTo = file.cursor.offset;
    try {
      // what stands under its name is another file by now: the next scan tells which, and finds this one
      if (!file.open()) return false;
      if (this.#options.objects === undefined) await this.#readOnce(file, ending);
      else await this.#makeObject(file, this.#options.objects, ending);
      return true;
    } catch (error) {
      this.#options.log.error({ file: file.path }, `cannot be read: ${messageOf(error)}; it is tried again at the next scan`);
      return false;
    } finally {
      file.heldTo = undefined;
      if (file.gone) file.close();
    }
  }

  /** Reads one chunk of a file, and puts the lines in it into as many batches as it takes. @throws the system's error. */
  async #readOnce(file: Followed, ending: Ending | undefined): Promise<void> {
    const reading = await this.#reader.read(file, ending);
    if (reading === undefined) return;
    const { ledger } = reading;
    while (reading.from < reading.to) {
      const batch = await this.#shipper.room();
      if (batch === undefined) return;
      // truncated while we waited: these bytes are nowhere else now, unless a copy of the file was found, which has them too
      if (file.ledger !== ledger && this.#table.owns(ledger)) return;
      if (this.#reader.put(reading, batch)) break;
      this.#shipper.send();
    }
    this.#reader.leave(reading);
  }

  /** Makes one object of the next lines of a file, if it is time. @throws the system's error, after what was read before is sent. */
  async #makeObject(file: Followed, plan: ObjectPlan, ending: Ending | undefined): Promise<void> {
    this.#verify(file);
    const { ledger } = file;
    const wait = ending === undefined ? this.#waitFor(file) : 0;
    if (wait > 0 || !ledger.settled || !this.#learn(file, plan)) return;
    await plan.remember(ledger);
    const batch = await this.#shipper.room();
    if (batch === undefined || file.ledger !== ledger || file.gone) return;
    batch.object = { file: file.label, life: ledger.life ?? '', start: file.cursor.offset };
    try {
      for (let more = true; more && batch.bytesRead < plan.bytes && file.ledger === ledger && !file.shrunk; ) {
        const reading = await this.#reader.read(file, ending);
        if (reading?.ledger !== ledger) break;
        const fits = this.#reader.put(reading, batch);
        this.#reader.leave(reading);
        if (fits && reading.atEnd) plan.emptied(ledger);
        more = fits && !reading.atEnd;
      }
    } finally {
      this.#send(batch, { file, ledger }, plan);
    }
  }

  /** Finds out whether a file that may have been written anew still holds what was read. @throws the system's error. */
  #verify(file: Followed): void {
    if (!file.suspect && !file.shrunk) return;
    file.look();
    file.suspect = false;
    const { fd } = file;
    if (file.shrunk || (fd !== undefined && !holds(fd, file.mark))) this.#table.truncated(file);
  }

  /** Knows as much as there is of the start of a file before something is called after it. @returns whether it is as it was. @throws the system's error. */
  #learn(file: Followed, plan: ObjectPlan): boolean {
    const { fd, head, ledger } = file;
    if (fd === undefined || !sameHead(file, fd)) {
      this.#table.truncated(file);
      return false;
    }
    if (file.head !== head) {
      plan.moved(ledger);
      this.#options.skipped();
    }
    return true;
  }

  /** Sends an object; if all of its lines were left out, there is none. */
  #send(batch: Batch, object: Pick<Reading, 'file' | 'ledger'>, plan: ObjectPlan): void {
    if (batch.records > 0) {
      this.#objects.set(batch, object);
      this.#shipper.send();
    } else if (batch.segments.length > 0) {
      for (const segment of batch.segments) object.ledger.acknowledge(segment);
      batch.clear();
      plan.moved(object.ledger);
      this.#options.skipped();
    }
  }
}
