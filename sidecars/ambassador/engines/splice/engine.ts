import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Libc, SystemError } from '#shared/linux/libc.ts';
import { openFiles, openFilesLimit } from '#shared/open-files.ts';
import type { Ledger } from '../../dispatch/ledger.ts';
import type { Engine, EngineBackend, EngineEvents, EngineListener } from '../engine.ts';
import type { Order, Report, Start } from './messages.ts';

/** Descriptors that are left to the thread itself, checks, look-ups and the admin server. */
const spare = 24;

/** Pipes beyond which data is copied; each takes two descriptors, and the kernel's quota of pipes is shared by all containers. */
const mostPipes = 60;

/** How long a process that exits waits for its connections to be reset, in milliseconds. */
const leavePatience = 1000;

const EFD_FLAGS = 0x800 | 0x80000; // EFD_NONBLOCK | EFD_CLOEXEC

type Waiting = { readonly resolve: () => void; readonly reject: (error: Error) => void };
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Carries connections by epoll and splice in a thread of its own; plain routes alone. The listening descriptors are given to it. */
export class SpliceEngine implements Engine {
  readonly name = 'splice';
  readonly ledger: Ledger;
  readonly #worker: Worker;
  readonly #wake: number;
  readonly #ending = new Int32Array(new SharedArrayBuffer(4));
  readonly #waiting = new Map<number, Waiting>();
  #orders = 0;
  #ended = false;
  /** The thread is no more, and answers nobody. */
  #isGone = false;

  /**
   * @param script the file of its thread.
   * @throws SystemError
   */
  constructor(libc: Libc, ledger: Ledger, events: EngineEvents, script: string) {
    this.ledger = ledger;
    this.#wake = libc.eventfd(0, EFD_FLAGS);
    if (this.#wake < 0) throw new SystemError('eventfd', libc.errno());
    const start: Start = {
      memory: ledger.cells.buffer as SharedArrayBuffer,
      wake: this.#wake,
      ending: this.#ending.buffer as SharedArrayBuffer,
      most: mostConnections(openFilesLimit(), openFiles()),
    };
    process.on('exit', this.#leave);
    this.#worker = new Worker(script, {
      workerData: start,
      // it makes little garbage: a small young generation keeps its memory small
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    this.#worker.on('message', (report: Report) => {
      if (report.type === 'failed') for (const failure of report.failures) events.failed(...failure);
      else if (report.type === 'starved') events.starved();
      else if (report.type === 'unwatched') this.#unwatched(report.id);
      else this.#answered(report.id);
    });
    this.#worker.on('error', (error) => {
      process.off('exit', this.#leave);
      events.died(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('exit', () => {
      process.off('exit', this.#leave);
      this.#isGone = true;
      if (!this.#ended) events.died(new Error('the thread of the splice engine ended'));
      for (const id of this.#waiting.keys()) this.#answered(id);
    });
  }

  listen({ key, fd, routes }: EngineListener): Promise<void> {
    const [route] = routes;
    if (route === undefined || routes.length > 1) throw new Error(`${key}: the splice engine takes one route for each listener`);
    return this.#ask({ type: 'listen', key, fd, route });
  }

  unlisten(key: string): Promise<void> {
    return this.#ask({ type: 'unlisten', key });
  }

  setBackends(route: number, backends: readonly EngineBackend[]): void {
    this.#send({ type: 'backends', route, backends });
  }

  forget(route: number): void {
    this.#send({ type: 'forget', route });
  }

  drain(): Promise<void> {
    return this.#ask({ type: 'drain' });
  }

  async destroy(): Promise<void> {
    this.#ended = true;
    await this.#ask({ type: 'destroy' });
    await this.#worker.terminate();
  }

  /**
   * The process exits, and waits for its threads: this one may be in a call that nothing else ends. It resets its connections first, as the
   * system would end them with a FIN, by which an answer that is cut off looks complete.
   */
  readonly #leave = () => {
    Atomics.store(this.#ending, 0, 1);
    writeSync(this.#wake, one);
    Atomics.wait(this.#ending, 0, 1, leavePatience);
  };

  #ask(order: Without<Extract<Order, { id: number }>, 'id'>): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    const id = ++this.#orders;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ ...order, id });
    });
  }

  #send(order: Order): void {
    this.#worker.postMessage(order);
    writeSync(this.#wake, one);
  }

  #answered(id: number): void {
    this.#waiting.get(id)?.resolve();
    this.#waiting.delete(id);
  }

  #unwatched(id: number): void {
    this.#waiting.get(id)?.reject(new Error('epoll takes no more: see fs.epoll.max_user_watches'));
    this.#waiting.delete(id);
  }
}

/** What an eventfd is told: 1, in 64 bits of either order. */
const one = new Uint8Array(new BigUint64Array([1n]).buffer);

/**
 * How many connections there may be, at two descriptors each, and how many pipes beside them.
 * @param limit of open files. @param own how many the process has open already.
 */
export function mostConnections(limit: number, own: number): Start['most'] {
  const pipes = Math.min(mostPipes, Math.floor(limit / 16));
  return { pipes, connections: Math.max(1, Math.floor((limit - own - spare - 2 * pipes) / 2)) };
}
