import { type BlockSink, type Section, SinkFull } from '../sink.ts';
import type { Told } from './messages.ts';
import type { Orders, Waiter } from './orders.ts';

/** The main thread, which shows what it gets. Where it is behind this waits, and the kernel drops what the ring has no room for. */
export class ViewSink implements BlockSink {
  readonly #section: Section;
  readonly #orders: Orders;
  readonly #tell: (told: Told) => void;
  readonly #waiter: Waiter;
  #hasBegun = false;

  constructor(section: Section, orders: Orders, tell: (told: Told) => void) {
    this.#section = section;
    this.#orders = orders;
    this.#tell = tell;
    this.#waiter = orders.waiter();
  }

  /** @throws SinkFull where it is told to stop, and nothing is shown. */
  write(blocks: Uint8Array, packets: number): void {
    while (!this.#orders.takeCredit()) {
      if (this.#orders.isOver && packets > 0)
        throw new SinkFull('what was captured last is not shown: who reads it takes nothing', 0);
      this.#waiter(100);
    }
    const head = this.#hasBegun ? nothing : this.#section.head();
    const whole = new Uint8Array(head.length + blocks.length);
    whole.set(head);
    whole.set(blocks, head.length);
    this.#hasBegun = true;
    this.#tell({ type: 'blocks', blocks: whole.buffer, packets });
  }

  /** What is seen is told at once: nothing is to be done. */
  tick(): void {}

  close(): void {}
}

const nothing = new Uint8Array(0);
