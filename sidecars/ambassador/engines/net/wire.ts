import { writeSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { codeOf } from '#shared/exit.ts';
import { keepAlive, type RawConnection } from './accept.ts';
import { descriptorOf } from './gone.ts';
import { giveBack, large, shared, takeLarge } from './read-buffers.ts';

/** What happens on a wire is told to its owner. */
export interface WireOwner {
  /** Bytes came. @param bytes the first `size` of them, to be used before this returns. @returns whether to go on reading. */
  read(wire: Wire, size: number, bytes: Buffer): boolean;
  /** The other end sent its FIN. */
  ended(wire: Wire): void;
  /** What {@link Wire.keep} kept is sent. */
  drained(wire: Wire): void;
  /** The wire is destroyed, by this error. */
  failed(wire: Wire, error: NodeJS.ErrnoException): void;
  closed(wire: Wire): void;
}

/** Full reads in a row after which a wire gets a memory of its own. */
const fullReads = 3;

/** Bytes after which a wire with more to read lets the others go first; a ping beside a bulk transfer would wait otherwise. */
const budget = large;

/** What the wire whose turn it is reads into the next time. */
let next = shared;

/** A socket that is read without a queue, and written without one as long as the other end takes everything. */
export class Wire extends Socket {
  owner: WireOwner | undefined;
  /** When reading stopped because the other side of the join takes nothing, by `performance.now()`; 0 while it goes on. */
  heldAt = 0;
  #fd: number;
  #own: Buffer | undefined;
  #fullReads = 0;
  #spent = 0;
  /** Whether the system asks after a while of silence whether the other end still lives; what is accepted inherits it. */
  #asksAlive: boolean;

  /** @param raw an accepted connection; where there is none, the wire is to be connected. It is not read from before {@link open}. */
  constructor(raw?: RawConnection) {
    const options = {
      allowHalfOpen: true,
      // each write that is not done at once is told as drained
      writableHighWaterMark: 1,
      onread: { buffer: takeNext, callback: onRead as OnReadOpts['callback'] },
      ...(raw === undefined ? { noDelay: true } : { handle: raw, manualStart: true }),
    };
    super(options as SocketConstructorOpts);
    this.#fd = raw?.fd ?? -1;
    this.#asksAlive = raw !== undefined;
    this.on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose);
  }

  /** Begins to read. */
  open(owner: WireOwner): void {
    this.owner = owner;
    this.#fd = descriptorOf(this);
    this.resume();
  }

  /**
   * Sends as much as the system takes at once.
   * @returns how many bytes that were; -1 where the other end is gone. What it sent before can still be read.
   */
  send(bytes: Uint8Array, size: number): number {
    if (this.destroyed) return -1;
    try {
      // around the stream and libuv: a third of their cost, and it says how much was taken
      return writeSync(this.#fd, bytes, 0, size);
    } catch (error) {
      return codeOf(error) === 'EAGAIN' ? 0 : -1;
    }
  }

  /**
   * Sends what was not taken at once, as soon as it can be.
   * @param bytes of what a wire read.
   * @returns whether it was after all taken at once; otherwise the owner hears when it is `drained`.
   */
  keep(bytes: Buffer): boolean {
    return this.write(bytes.buffer === shared.buffer ? copyOf(bytes) : bytes);
  }

  /**
   * Decides how the wire is read after bytes came that were all carried on.
   * @param room how many could have come.
   * @returns whether to go on at once; otherwise it goes on when the others had their turn.
   */
  goOn(size: number, room: number): boolean {
    if (size < room) {
      this.#spent = 0;
      if (size < shared.length) this.#rest();
    } else {
      this.#spent += size;
      this.#fullReads += 1;
      if (this.#fullReads >= fullReads) this.#own ??= takeLarge();
    }
    next = this.#own ?? shared;
    if (this.#spent < budget) return true;
    this.#spent = 0;
    yieldTurn(this);
    return false;
  }

  /** Stops reading until the other side of the join takes bytes again. */
  hold(): false {
    this.heldAt = performance.now();
    this.#spent = 0;
    next = this.#own ?? shared;
    return false;
  }

  /** Reads again after {@link hold}. */
  release(): void {
    this.heldAt = 0;
    this.resume();
  }

  /** Is called when the connection has lasted for a while: four calls that short connections are spared. */
  last(): void {
    if (this.#asksAlive) return;
    this.#asksAlive = true;
    this.setKeepAlive(true, keepAlive * 1000);
  }

  /** Gives back what it had for itself, once nobody writes out of it. */
  tidy(): void {
    if (this.destroyed) this.#rest();
  }

  #rest(): void {
    this.#fullReads = 0;
    if (this.#own === undefined) return;
    giveBack(this.#own);
    this.#own = undefined;
  }
}

/** Node asks for it when a wire is made, and after each read. */
function takeNext(): Buffer {
  const taken = next;
  next = shared;
  return taken;
}

// one function for all wires instead of a closure for each: `this` is the wire

function onRead(this: Wire, size: number, bytes: Buffer): boolean {
  return this.owner?.read(this, size, bytes) ?? false;
}

function onEnd(this: Wire): void {
  this.owner?.ended(this);
}

function onDrain(this: Wire): void {
  this.owner?.drained(this);
}

function onError(this: Wire, error: NodeJS.ErrnoException): void {
  this.owner?.failed(this, error);
}

function onClose(this: Wire): void {
  this.tidy();
  this.owner?.closed(this);
}

let waiting: Wire[] = [];

function yieldTurn(wire: Wire): void {
  if (waiting.push(wire) === 1) setImmediate(resumeAll);
}

function resumeAll(): void {
  const wires = waiting;
  waiting = [];
  for (const wire of wires) if (!wire.destroyed && wire.heldAt === 0) wire.resume();
}

function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
