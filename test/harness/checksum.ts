import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, Socket } from 'node:net';

/** What a long stream held. */
export interface Checksum {
  readonly bytes: number;
  /** SHA-256 in hexadecimal digits. */
  readonly sha256: string;
}

/** A block whose bytes differ from place to place, and from one `seed` to the next. Its length is a prime, so that no buffer is aligned to it. */
function block(seed: number): Buffer {
  const bytes = Buffer.alloc(65_521);
  let state = seed + 1;
  for (let at = 0; at < bytes.length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Sends so many bytes and ends the stream. */
export async function sendSummed(socket: Socket, size: number, seed = 0): Promise<Checksum> {
  const hash = createHash('sha256');
  const whole = block(seed);
  for (let left = size; left > 0; ) {
    const part = left < whole.length ? whole.subarray(0, left) : whole;
    hash.update(part);
    left -= part.length;
    if (!socket.write(part)) await once(socket, 'drain');
  }
  socket.end();
  return { bytes: size, sha256: hash.digest('hex') };
}

/** Sums up what is received until the stream ends. @throws the system's error where it is broken. */
export class SummingReader {
  readonly sum: Promise<Checksum>;
  readonly onread: { readonly buffer: Buffer; readonly callback: (count: number, buffer: Uint8Array) => boolean };
  readonly #hash = createHash('sha256');
  readonly #settled = Promise.withResolvers<Checksum>();
  #bytes = 0;

  /** @param readSize how many bytes are asked from the system at once. */
  constructor(readSize: number) {
    this.sum = this.#settled.promise;
    this.onread = {
      buffer: Buffer.alloc(readSize),
      callback: (count, buffer) => {
        this.#hash.update(buffer.subarray(0, count));
        this.#bytes += count;
        return true;
      },
    };
  }

  /** Watches for the end of the socket's stream. */
  follow(socket: Socket): void {
    socket.on('end', () => this.#settled.resolve({ bytes: this.#bytes, sha256: this.#hash.digest('hex') }));
    socket.on('error', this.#settled.reject);
  }
}

/** Connects a client that asks the system for `readSize` bytes at a time, and sums them up. */
export function dialSummed(port: number, readSize: number): { socket: Socket; reader: SummingReader } {
  const reader = new SummingReader(readSize);
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, onread: reader.onread as never });
  reader.follow(socket);
  return { socket, reader };
}

/**
 * The same of a connection that was accepted with `pauseOnConnect`. Node has `onread` for clients alone, so its handle goes
 * into a socket of our own.
 */
export function acceptSummed(accepted: Socket, readSize: number): { socket: Socket; reader: SummingReader } {
  const reader = new SummingReader(readSize);
  const { _handle: handle } = accepted as unknown as { _handle: unknown };
  const options = { handle, allowHalfOpen: true, onread: reader.onread };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  reader.follow(socket);
  socket.resume();
  return { socket, reader };
}
