import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Libc, SystemError } from '#shared/linux/libc.ts';
import { SocketRecord } from '../sockets/record.ts';
import { closingSize, readClosing } from './closing.ts';
import type { Hearer } from './hearer.ts';
import type { Report, Start } from './messages.ts';

const EFD_FLAGS = 0x800 | 0x80000; // EFD_NONBLOCK | EFD_CLOEXEC

/** What an eventfd is told: 1, in 64 bits of either order. */
const one = new Uint8Array(new BigUint64Array([1n]).buffer);

/** Hears of closings in a thread of its own, which nothing else keeps from reading: for many. @see closings/worker.ts */
export class FarListener {
  readonly #wake: number;
  readonly #worker: Worker;
  readonly #started = Promise.withResolvers<void>();

  /**
   * @param script the file of its thread
   * @throws SystemError where there is no descriptor for it
   */
  constructor(libc: Libc, script: string, { ended, lost }: Pick<Hearer, 'ended' | 'lost'>) {
    this.#wake = libc.eventfd(0, EFD_FLAGS);
    if (this.#wake < 0) throw new SystemError('eventfd', libc.errno());
    const start: Start = { wake: this.#wake };
    // it makes little garbage: a small young generation keeps its memory small
    this.#worker = new Worker(script, { workerData: start, resourceLimits: { maxYoungGenerationSizeMb: 1 } });
    this.#worker.unref();
    const record = new SocketRecord();
    this.#worker.on('message', (report: Report) => {
      if (report.type === 'listening') this.#started.resolve();
      else if (report.type === 'lost') lost();
      else
        for (let at = 0; at < report.closings.length; at += closingSize) {
          readClosing(report.closings, at, record);
          ended(record);
        }
    });
    this.#worker.on('error', (error) => this.#started.reject(error));
    // the process that exits waits for its threads
    process.on('exit', this.#leave);
    this.#worker.on('exit', () => {
      process.off('exit', this.#leave);
      this.#started.reject(new Error('the thread that hears of closings ended'));
    });
    // whoever stops it may not wait for it
    this.#started.promise.catch(() => {});
  }

  /** Resolves when it hears. @throws Error where it cannot */
  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Ends its thread. */
  async stop(): Promise<void> {
    this.#leave();
    await this.#worker.terminate();
  }

  readonly #leave = () => void writeSync(this.#wake, one);
}
