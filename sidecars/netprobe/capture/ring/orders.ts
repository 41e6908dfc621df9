import { readSync } from 'node:fs';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { EPOLL, Epoll } from '#shared/linux/epoll.ts';
import { type Libc, SystemError } from '#shared/linux/libc.ts';
import type { Order } from './messages.ts';

/** So many messages of blocks may be on their way to the main thread: enough to keep it busy, and few enough not to fill its memory. */
const onTheirWay = 8;

/** How long it waits for who takes its packets once it is told to stop, in milliseconds. */
const patience = 2000;

/** How a wait ended: with these events of the descriptor (see EPOLL), or with 0: an order came, or the time is over. */
export type Waiter = (milliseconds: number) => number;

/** What the main thread orders. This thread waits for the kernel, and looks at its messages when it is woken. */
export class Orders {
  /** Is called whenever this thread has waited, be it for packets or for who takes them. */
  afterWait: () => void = () => {};
  readonly #libc: Libc;
  readonly #port: MessagePort;
  readonly #wake: number;
  readonly #counter = new Uint8Array(8);
  #deadline = Number.POSITIVE_INFINITY;
  #credit = onTheirWay;
  #saves: string[] = [];

  /** @param wake an eventfd that does not block: it is written to when there is an order. */
  constructor(libc: Libc, port: MessagePort, wake: number) {
    this.#libc = libc;
    this.#port = port;
    this.#wake = wake;
  }

  /** Whether it was told to stop. */
  get isStopping(): boolean {
    return this.#deadline < Number.POSITIVE_INFINITY;
  }

  /** Whether it was told to stop so long ago that nobody is waited for any more. */
  get isOver(): boolean {
    return performance.now() > this.#deadline;
  }

  /** Takes leave to send one message of blocks; false where too many are on their way. */
  takeCredit(): boolean {
    if (this.#credit === 0) return false;
    this.#credit -= 1;
    return true;
  }

  /** The reasons for which it was told to save, since this was asked last. */
  takeSaves(): readonly string[] {
    if (this.#saves.length === 0) return this.#saves;
    const saves = this.#saves;
    this.#saves = [];
    return saves;
  }

  /**
   * A way to wait for orders and for a descriptor at once, or for orders alone.
   * @param events what of it is waited for, see EPOLL
   * @throws SystemError where it is a descriptor that nobody can wait for.
   */
  waiter(fd?: number, events: number = EPOLL.IN): Waiter {
    const epoll = new Epoll(this.#libc, 2);
    if (!epoll.add(this.#wake, EPOLL.IN, 0) || (fd !== undefined && !epoll.add(fd, events, 1)))
      throw new SystemError('epoll_ctl', this.#libc.errno());
    return (milliseconds) => {
      let found = 0;
      for (let index = epoll.wait(milliseconds) - 1; index >= 0; index -= 1)
        if (epoll.tag(index) === 1) found = epoll.events(index);
        else this.#look();
      this.afterWait();
      return found;
    };
  }

  #look(): void {
    readSync(this.#wake, this.#counter);
    for (let got = receiveMessageOnPort(this.#port); got !== undefined; got = receiveMessageOnPort(this.#port)) {
      const order = got.message as Order;
      if (order.type === 'shown') this.#credit += order.count;
      else if (order.type === 'save') this.#saves.push(order.reason);
      else this.#deadline = Math.min(this.#deadline, performance.now() + patience);
    }
  }
}
