import type { Libc } from '#shared/linux/libc.ts';
import type { FarListener } from './far-listener.ts';
import type { Hearer } from './hearer.ts';
import { NearListener } from './near-listener.ts';

/**
 * From how many closings a second on a thread of their own hears of them. The kernel keeps some 330: at 500 a second the main thread may be away for
 * more than half a second before any is lost.
 */
const many = 500;

/**
 * Hears of every TCP connection of the namespace that ends, with its last numbers. While they are few the main thread does it. A thread of its own costs
 * 8 MiB, so it is begun when they are many, and stays.
 */
export class Closings {
  readonly #libc: Libc;
  readonly #script: string;
  readonly #hearer: Hearer;
  #near: NearListener | undefined;
  #far: FarListener | undefined;
  #isMoving = false;
  #isEnding = false;
  #second = 0;
  #count = 0;

  /**
   * Hears from now on.
   * @param script the file of the thread
   * @throws SystemError where the kernel, or a seccomp filter, forbids it
   */
  constructor(libc: Libc, script: string, hearer: Hearer) {
    this.#libc = libc;
    this.#script = script;
    this.#hearer = hearer;
    this.#near = new NearListener(libc, {
      ended: (record) => {
        hearer.ended(record);
        this.#rate();
      },
      lost: () => {
        hearer.lost();
        this.#away();
      },
    });
  }

  /** Hears no more. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await Promise.all([this.#near?.stop(), this.#far?.stop()]);
  }

  #rate(): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#count = 0;
    }
    this.#count += 1;
    if (this.#count > many) this.#away();
  }

  #away(): void {
    if (this.#isMoving || this.#isEnding) return;
    // without a thread the main one goes on
    this.#moveAway().catch(this.#hearer.alone);
  }

  /** Begins the thread. Both hear until it does, and whoever is told twice knows the connection by then. */
  async #moveAway(): Promise<void> {
    this.#isMoving = true;
    // what threads need is loaded with the first
    const { FarListener: Far } = await import('./far-listener.ts');
    const far = new Far(this.#libc, this.#script, this.#hearer);
    this.#far = far;
    await far.started;
    const near = this.#near;
    this.#near = undefined;
    await near?.stop();
  }
}
