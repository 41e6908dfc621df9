import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { exitCode, messageOf } from '#shared/exit.ts';
import { type Libc, SystemError } from '#shared/linux/libc.ts';
import type { ClosedFile } from '../files/plan.ts';
import type { CaptureEnd, CapturePlan, CaptureStart, CaptureStatistics, CaptureTarget, Order, Told } from './messages.ts';

const EFD_FLAGS = 0x800 | 0x80000; // EFD_NONBLOCK | EFD_CLOEXEC

/** What an eventfd is told: 1, in 64 bits of either order. */
const oneMore = new Uint8Array(new BigUint64Array([1n]).buffer);

/** How long it is waited for who shows packets, once the capture was told to stop; in milliseconds. The thread waits for half of that. */
const patience = 4000;

/** Who is told what happens. */
export interface CaptureHearer {
  /** Blocks for the view. The next ones come once this is done. */
  blocks?(blocks: Uint8Array): void | Promise<void>;
  closed?(file: ClosedFile): void;
  statistics?(statistics: CaptureStatistics): void;
  warning?(message: string): void;
  /** It captures from now on. */
  capturing?(): void;
}

/** How a capture ended. */
export interface CaptureResult {
  readonly why: CaptureEnd;
  readonly statistics: CaptureStatistics;
}

/** A capture that goes on in a thread of its own. @see capture/capture-worker.ts */
export class LiveCapture {
  /**
   * Resolves when it is over, and all that was told before has been heard; once it was told to stop, that is waited for some seconds.
   * @throws what {@link CaptureHearer.blocks} throws.
   */
  readonly ended: Promise<CaptureResult>;
  readonly #wake: number;
  readonly #worker: Worker;
  readonly #hear: CaptureHearer;
  readonly #target: CaptureTarget['type'];
  #last: CaptureStatistics = { received: 0, dropped: 0, captured: 0, unwritten: 0, bytes: 0 };
  #shown = Promise.resolve();
  readonly #impatient = Promise.withResolvers<'impatient'>();
  /** How many packets are on their way. */
  #unshown = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Whether its thread is gone, and whether all that it told has been heard. */
  #isOver = false;
  #isHeard = false;

  /**
   * Begins.
   * @param script the file of its thread, see `capture-worker-file.ts`
   * @throws SystemError where there is no descriptor for it.
   */
  constructor(libc: Libc, script: string, plan: CapturePlan, hear: CaptureHearer) {
    this.#hear = hear;
    this.#target = plan.target.type;
    this.#wake = libc.eventfd(0, EFD_FLAGS);
    if (this.#wake < 0) throw new SystemError('eventfd', libc.errno());
    const start: CaptureStart = { plan, wake: this.#wake };
    // it makes little garbage: a small young generation keeps its memory small
    this.#worker = new Worker(script, { workerData: start, resourceLimits: { maxYoungGenerationSizeMb: 2 } });
    // the process that exits waits for its threads
    process.on('exit', this.#rouse);
    const { promise, resolve, reject } = Promise.withResolvers<CaptureResult>();
    const fail = (words: string) => {
      const why = { type: 'failed', words, isDenied: false, exitCode: exitCode.failed } as const;
      void this.#heard({ why, statistics: this.#last }).then(resolve);
    };
    let hasTold = false;
    this.#worker.on('message', (told: Told) => {
      if (told.type === 'blocks') this.#show(told, reject);
      else if (told.type === 'ended') {
        hasTold = true;
        void this.#heard(told).then(resolve);
      } else this.#pass(told);
    });
    this.#worker.on('error', (error) => fail(`the thread that captures failed: ${messageOf(error)}`));
    this.#worker.on('exit', () => {
      this.#isOver = true;
      process.off('exit', this.#rouse);
      libc.close(this.#wake);
      if (!hasTold) fail('the thread that captures ended');
    });
    this.ended = promise;
  }

  /** Has it take no more, write what it took, and end. */
  stop(): void {
    if (this.#isHeard) return;
    this.#timer ??= setTimeout(() => this.#impatient.resolve('impatient'), patience);
    this.#order({ type: 'stop' });
  }

  /** Has a recorder save what it remembers. @param reason why, for the file */
  save(reason: string): void {
    this.#order({ type: 'save', reason });
  }

  #order(order: Order): void {
    if (this.#isOver) return;
    this.#worker.postMessage(order);
    this.#rouse();
  }

  /** Waits for what is on its way to be shown. */
  async #heard({ why, statistics }: CaptureResult): Promise<CaptureResult> {
    const first = await Promise.race([this.#shown, this.#impatient.promise]);
    this.#isHeard = true;
    clearTimeout(this.#timer);
    // what is in files is there, shown or not
    if (first !== 'impatient' || this.#target !== 'view') return { why, statistics };
    const full: CaptureEnd = { type: 'full', words: 'what was captured last is not shown: who reads it takes nothing' };
    const unwritten = statistics.unwritten + this.#unshown;
    return { why: why.type === 'done' ? full : why, statistics: { ...statistics, unwritten } };
  }

  #show({ blocks, packets }: Extract<Told, { readonly type: 'blocks' }>, reject: (error: unknown) => void): void {
    this.#unshown += packets;
    this.#shown = this.#shown
      .then(() => this.#hear.blocks?.(new Uint8Array(blocks)))
      .then(() => {
        this.#unshown -= packets;
        this.#order({ type: 'shown', count: 1 });
      })
      .catch((error) => {
        reject(error);
        this.stop();
      });
  }

  #pass(told: Exclude<Told, { readonly type: 'blocks' | 'ended' }>): void {
    const hear = this.#hear;
    if (told.type === 'capturing') hear.capturing?.();
    else if (told.type === 'closed') hear.closed?.(told.file);
    else if (told.type === 'warning') hear.warning?.(told.message);
    else {
      this.#last = told.statistics;
      hear.statistics?.(told.statistics);
    }
  }

  readonly #rouse = () => void writeSync(this.#wake, oneMore);
}
