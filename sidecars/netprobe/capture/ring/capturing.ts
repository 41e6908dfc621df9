import { exitCode } from '#shared/exit.ts';
import { EPOLL } from '#shared/linux/epoll.ts';
import { errnoName, errnos } from '#shared/linux/errno.ts';
import type { InterfaceTable } from '#shared/linux/interface-table.ts';
import type { PacketWriter } from '../pcapng/packet-writer.ts';
import type { CountingSink } from './counting-sink.ts';
import type { CaptureEnd, CaptureStatistics, Told } from './messages.ts';
import type { MetInterfaces } from './met-interfaces.ts';
import type { Orders } from './orders.ts';
import type { PacketCounts, PacketSocket } from './packet-socket.ts';
import type { Ring } from './ring.ts';

/** How often the sink looks at the clock, and how often statistics are told, in milliseconds. */
const tickPause = 100;
const statisticsPause = 1000;

/** How long packets wait for others before they are written, where that is worth while; in milliseconds. */
const gatherPause = 10;

/** How long the kernel may take to hand over what it took before it was told to take no more, many times as long as it should need; in milliseconds. */
const drainLimit = 2000;

/** What is captured with. */
export interface CaptureParts {
  readonly socket: PacketSocket;
  readonly ring: Ring;
  readonly met: MetInterfaces;
  readonly writer: PacketWriter;
  readonly sink: CountingSink;
  readonly orders: Orders;
  readonly interfaces: InterfaceTable;
  /** The one interface that is heard; undefined for all. */
  readonly only: { readonly name: string; readonly index: number } | undefined;
  /** How many packets, and then it ends; Infinity for no end. */
  readonly count: number;
  /** Whether packets wait for others for a moment, so that more of them are written at once. */
  readonly gathers: boolean;
  readonly tell: (told: Told) => void;
}

/** Packets on their way from the ring of the kernel to a sink, until it is told to stop. */
export class Capturing {
  readonly #parts: CaptureParts;
  /** How many packets were taken out of the ring. */
  #taken = 0;
  #ticked = 0;
  #told = 0;
  /** Whether the one interface that is heard is turned off. */
  #isDown = false;
  #isGone = false;

  constructor(parts: CaptureParts) {
    this.#parts = parts;
  }

  /**
   * Captures until it is told to stop, or has as many packets as it was asked for, or its one interface is gone. Then the sink is closed.
   * @returns why it ended. @throws as the sink does.
   */
  run(): CaptureEnd {
    const { socket, writer, orders, count, gathers } = this.#parts;
    orders.afterWait = () => this.#tellStatistics();
    const wait = orders.waiter(socket.fd);
    const isOver = () => orders.isStopping || this.#isGone || this.#taken >= count;
    let mayGather = gathers;
    while (!isOver()) {
      let events = 0;
      if (this.#take()) {
        mayGather = gathers;
        events = wait(0);
      } else if (mayGather) {
        mayGather = false;
        events = wait(gatherPause);
      } else {
        writer.flush();
        events = wait(tickPause);
      }
      if ((events & EPOLL.ERR) !== 0) this.#hearError();
      this.#look();
    }
    socket.reject();
    if (this.#taken < count) this.#drain();
    writer.flush();
    this.#parts.sink.close();
    if (!this.#isGone) return { type: 'done' };
    const words = `${this.#parts.only?.name} was deleted: what was captured until then is written`;
    return { type: 'failed', words, isDenied: false, exitCode: exitCode.failed };
  }

  /** What was captured until now. */
  statistics(): CaptureStatistics {
    const { received, dropped } = this.#parts.socket.counts();
    const { packets, bytes } = this.#parts.sink;
    return { received, dropped, captured: packets, unwritten: 0, bytes };
  }

  /** Ends where the sink takes no more, and tells what was captured: what is in the ring is, and has no room. */
  giveUp(): CaptureStatistics {
    const { socket, sink, count } = this.#parts;
    socket.reject();
    try {
      sink.close();
    } catch {
      // it is full, or gone: that was told already
    }
    const { received, dropped } = socket.counts();
    const captured = Math.min(count, received - dropped);
    return { received, dropped, captured, unwritten: captured - sink.taken, bytes: sink.bytes };
  }

  close(): void {
    this.#parts.socket.close();
    this.#parts.interfaces.close();
  }

  /** Takes a block of packets out of the ring. @returns whether there was one. */
  #take(): boolean {
    const { ring, writer, met, count } = this.#parts;
    if (!ring.isReady) return false;
    this.#taken += ring.take(writer, met, count - this.#taken);
    return true;
  }

  /** Takes what the kernel took before it was told to take no more: by its count all of it, and a block that is not full only comes with its time. */
  #drain(): void {
    const { socket, orders, count, tell } = this.#parts;
    const wait = orders.waiter(socket.fd);
    for (let quiet = performance.now(); ; ) {
      while (this.#taken < count && this.#take()) quiet = performance.now();
      const missing = missingOf(socket.counts(), this.#taken);
      if (missing <= 0 || this.#taken >= count) return;
      if (performance.now() - quiet > drainLimit) {
        tell({ type: 'warning', message: `the kernel counted ${missing} packets that it has not handed over` });
        return;
      }
      wait(tickPause);
    }
  }

  /** Looks at the clock, and at what else there is to do. */
  #look(): void {
    const { sink, orders } = this.#parts;
    for (const reason of orders.takeSaves()) {
      this.#parts.writer.flush();
      sink.save(reason);
    }
    const now = performance.now();
    if (now - this.#ticked < tickPause) return;
    this.#ticked = now;
    sink.tick(Date.now());
    if (this.#isDown) this.#lookAtInterface();
  }

  /** Tells what was captured, once a second, also while nobody takes it. */
  #tellStatistics(): void {
    const now = performance.now();
    if (now - this.#told < statisticsPause) return;
    this.#told = now;
    this.#parts.met.forgetRenamed();
    this.#parts.tell({ type: 'statistics', statistics: this.statistics() });
  }

  #hearError(): void {
    const { socket, only, tell } = this.#parts;
    const error = socket.takeError();
    if (error === 0) return;
    if (error !== errnos.ENETDOWN || only === undefined) {
      tell({ type: 'warning', message: `the kernel tells of an error of the packet socket: ${errnoName(error)}` });
      return;
    }
    this.#isDown = true;
    this.#lookAtInterface();
    if (this.#isDown) tell({ type: 'warning', message: `${only.name} is turned off: it goes on when it is turned on again` });
  }

  /** Looks whether the interface is on again, or gone: it is turned off before it goes. */
  #lookAtInterface(): void {
    const { interfaces, only } = this.#parts;
    if (only === undefined) return;
    const name = interfaces.nameOf(only.index);
    this.#isGone = name === undefined;
    // it may go between the two questions: then it is looked for again
    this.#isDown = name !== undefined && interfaces.isUp(name) !== true;
  }
}

function missingOf({ received, dropped }: PacketCounts, taken: number): number {
  return received - dropped - taken;
}
