import { writeSync } from 'node:fs';
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { RawConnection } from './accept.ts';

/** What happens on a wire is told to its owner. */
export interface WireOwner {
  /** Bytes came. @param bytes the first `size` of them, to be used before this returns. @returns whether to go on reading. */
  read(wire: Wire, size: number, bytes: Uint8Array): boolean;
  /** The other end sent its FIN. */
  ended(wire: Wire): void;
  /** What {@link Wire.keep} kept is sent. */
  drained(wire: Wire): void;
  /** The wire is destroyed, by this error. */
  failed(wire: Wire, error: NodeJS.ErrnoException): void;
  closed(wire: Wire): void;
}

/** Bytes that are read at once: first, and after some reads that were full. */
const small = 16 * 1024;
const large = 256 * 1024;

/** Full reads in a row after which a wire reads large. */
const fullReads = 3;

/** Bytes after which a wire with more to read lets the others go first; a ping beside a bulk transfer would wait otherwise. */
const budget = large;

/** Kept bytes of all wires together above which nobody reads large: many stalled readers must not fill the memory. */
const keptLimit = 8 * 1024 * 1024;

/**
 * What all wires read into. The bytes are written to the other side before the next read, and copied where it does not take them, so one
 * memory is enough for all: an idle connection holds none.
 */
const memory: Buffer = Buffer.allocUnsafeSlow(large);
const smallView = memory.subarray(0, small);

let keptBytes = 0;
/** What the wire whose turn it is will read into the next time. */
let nextView = smallView;

/** Seconds of silence after which the system asks whether the other end still lives (tcp(7), TCP_KEEPIDLE). */
const keepAlive = 60;

/** A socket that is read without a buffer of its own and written without a queue, as long as the other end takes everything. */
export class Wire extends Socket {
  owner: WireOwner | undefined;
  /** When reading stopped because the other side of the join takes nothing, by `performance.now()`; 0 while it goes on. */
  pausedAt = 0;
  #fd: number;
  #fullReads = 0;
  #spent = 0;
  #kept = 0;

  /** @param raw an accepted connection; where there is none, the wire is to be connected. It is not read from before {@link open}. */
  constructor(raw?: RawConnection) {
    const options = {
      allowHalfOpen: true,
      // each write that is not done at once is told as drained
      writableHighWaterMark: 1,
      onread: { buffer: takeView, callback: onRead as OnReadOpts['callback'] },
      ...(raw === undefined
        ? { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAlive * 1000 }
        : { handle: raw, manualStart: true }),
    };
    super(options as SocketConstructorOpts);
    this.#fd = raw?.fd ?? -1;
    raw?.setNoDelay?.(true);
    raw?.setKeepAlive?.(true, keepAlive);
    this.on('end', onEnd).on('drain', onDrain).on('error', onError).on('close', onClose);
  }

  /** Begins to read. */
  open(owner: WireOwner): void {
    this.owner = owner;
    this.#fd = descriptor(this);
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
      return isAgain(error) ? 0 : -1;
    }
  }

  /**
   * Keeps a copy of what was not taken at once and sends it as soon as it can be.
   * @returns whether it was after all taken at once; otherwise the owner hears when it is `drained`.
   */
  keep(bytes: Uint8Array): boolean {
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    if (this.write(copy)) return true;
    this.#kept += copy.length;
    keptBytes += copy.length;
    return false;
  }

  /** Forgets what is kept, because it was sent or never will be. */
  forget(): void {
    keptBytes -= this.#kept;
    this.#kept = 0;
  }

  /**
   * Decides how the wire is read after bytes came that were all carried on.
   * @returns whether to go on at once; otherwise it goes on when the others had their turn.
   */
  goOn(size: number, room: number): boolean {
    if (size < room) {
      this.#spent = 0;
      if (size < small) this.#fullReads = 0;
    } else {
      this.#fullReads += 1;
      this.#spent += size;
    }
    nextView = this.#view();
    if (this.#spent < budget) return true;
    this.#spent = 0;
    yieldTurn(this);
    return false;
  }

  /** Stops reading until the other side of the join takes bytes again. */
  hold(): false {
    this.pausedAt = performance.now();
    this.#spent = 0;
    nextView = this.#view();
    return false;
  }

  /** Reads again after {@link hold}. */
  goOnReading(): void {
    this.pausedAt = 0;
    this.resume();
  }

  /**
   * Whether the other end is known to be gone, found without reading: an empty write tells of an error that waits at the socket
   * (tcp_sendmsg looks for one before it looks at the bytes). libuv sees none while a socket is neither read nor written.
   */
  isGone(): boolean {
    if (this.destroyed) return true;
    try {
      writeSync(this.#fd, memory, 0, 0);
      return false;
    } catch (error) {
      // after our own FIN any write is answered with EPIPE
      return !isAgain(error) && !(this.writableEnded && codeOf(error) === 'EPIPE');
    }
  }

  #view(): Buffer {
    return this.#fullReads >= fullReads && keptBytes < keptLimit ? memory : smallView;
  }
}

/** Node asks for it when a wire is made, and after each read. */
function takeView(): Buffer {
  const view = nextView;
  nextView = smallView;
  return view;
}

// one function for all wires instead of a closure for each: `this` is the wire

function onRead(this: Wire, size: number, bytes: Uint8Array): boolean {
  return this.owner?.read(this, size, bytes) ?? false;
}

function onEnd(this: Wire): void {
  this.owner?.ended(this);
}

function onDrain(this: Wire): void {
  this.forget();
  this.owner?.drained(this);
}

function onError(this: Wire, error: NodeJS.ErrnoException): void {
  this.owner?.failed(this, error);
}

function onClose(this: Wire): void {
  this.forget();
  this.owner?.closed(this);
}

let waiting: Wire[] = [];

function yieldTurn(wire: Wire): void {
  if (waiting.push(wire) === 1) setImmediate(resumeAll);
}

function resumeAll(): void {
  const wires = waiting;
  waiting = [];
  for (const wire of wires) if (!wire.destroyed && wire.pausedAt === 0) wire.resume();
}

/** The descriptor of a connected socket. The handle is no public API, but the one way to it; see accept.ts. */
export function descriptor(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null };
  return typeof handle?.fd === 'number' ? handle.fd : -1;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isAgain(error: unknown): boolean {
  return codeOf(error) === 'EAGAIN';
}
