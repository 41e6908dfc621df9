import type { Socket } from 'node:net';
import { maxHello, readClientHello } from './client-hello.ts';
import { decode, type EndAddress } from './proxy-protocol.ts';

/** What to read before a connection is carried on. */
export interface Wanted {
  /** A PROXY header, which is taken out of the stream. */
  readonly proxy: boolean;
  /** The server name of the ClientHello, which stays in the stream. */
  readonly serverName: boolean;
}

/** What a client said before its own bytes. */
export interface Preface {
  /** Who the client is and where it was accepted first, as the PROXY header tells; neither where it tells nothing. */
  readonly source?: EndAddress;
  readonly destination?: EndAddress;
  /** In lower case, without a dot at its end. */
  readonly serverName?: string;
}

/** A preface that was not read. The socket is as it is: the caller closes it. */
export class PrefaceFailure extends Error {
  override readonly name = 'PrefaceFailure';
  /** What came is no PROXY header or no ClientHello; it took too long; the client closed its side or reset the connection. */
  readonly reason: 'badHeader' | 'headerTimeout' | 'left';

  constructor(reason: PrefaceFailure['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What is known of a preface by the bytes that came so far. */
export type PrefaceState =
  /** Nothing more can be told before `needs` bytes are there. */
  | { readonly state: 'incomplete'; readonly needs: number }
  | { readonly state: 'invalid'; readonly reason: string }
  /** The first `length` bytes are the PROXY header; all others belong to the connection. */
  | { readonly state: 'complete'; readonly length: number; readonly preface: Preface };

/** Reads a preface at the beginning of `bytes`. */
export function interpret(bytes: Uint8Array, wanted: Wanted): PrefaceState {
  const header = wanted.proxy ? decode(bytes) : ({ state: 'complete', length: 0 } as const);
  if (header.state === 'invalid') return { state: 'invalid', reason: `no PROXY header: ${header.reason}` };
  if (header.state === 'incomplete') return header;
  const { state, length, ...ends } = header;
  if (!wanted.serverName) return { state, length, preface: ends };
  const hello = readClientHello(bytes.subarray(length));
  if (hello.state === 'invalid') return { state: 'invalid', reason: `no ClientHello: ${hello.reason}` };
  if (hello.state === 'incomplete') return { state: 'incomplete', needs: length + hello.needs };
  const { serverName } = hello;
  return { state, length, preface: { ...ends, ...(serverName !== undefined && { serverName }) } };
}

/**
 * Reads the preface of an accepted socket, and gives back to it all bytes that are not of the PROXY header: the next reader, be it plain or TLS,
 * gets them first. Between the bytes and the next reader the client may close its side: look at `readableEnded` before waiting for 'end'.
 * @param socket one that nobody reads: accepted with `pauseOnConnect`, without `onread`. It should have a listener for 'error' of its own,
 *   for what happens later; none of ours is left.
 * @param timeout ms for the whole preface.
 * @throws PrefaceFailure, or the signal's reason. The caller then closes the socket.
 */
export function readPreface(socket: Socket, wanted: Wanted, timeout: number, signal?: AbortSignal): Promise<Preface> {
  const { promise, resolve, reject } = Promise.withResolvers<Preface>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  if (!wanted.proxy && !wanted.serverName) return Promise.resolve({});
  const wasPaused = socket.readableFlowing === false;
  const collected = new Collected();

  const timer = setTimeout(
    () => fail(new PrefaceFailure('headerTimeout', `${name(wanted)} did not come within ${timeout} ms`)),
    timeout,
  );
  const left = (error?: unknown) =>
    fail(
      new PrefaceFailure(
        'left',
        `the client left before it sent ${name(wanted)}`,
        error instanceof Error ? { cause: error } : {},
      ),
    );
  const abort = () => fail(signal?.reason);
  const close = () => left();
  const end = () => left();

  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', read).off('end', end).off('error', left).off('close', close);
    signal?.removeEventListener('abort', abort);
  };
  function fail(error: unknown) {
    stop();
    reject(error);
  }
  function read() {
    // Read by its length: read() without one may find the end of the stream behind the bytes, and tell 'end' before the next reader listens.
    while (socket.readableLength > 0) {
      collected.add(socket.read(socket.readableLength));
      const found = collected.enough ? interpret(collected.bytes, wanted) : undefined;
      if (found?.state === 'incomplete') collected.needs = found.needs;
      if (found?.state === 'invalid') return fail(new PrefaceFailure('badHeader', found.reason));
      if (found?.state === 'complete') return finish(found);
    }
    // Goes on reading, or has 'end' told where the client closed its side behind these bytes.
    socket.read(0);
  }
  function finish({ length, preface }: Extract<PrefaceState, { state: 'complete' }>) {
    stop();
    const rest = collected.bytes.subarray(length);
    if (rest.length > 0) socket.unshift(rest);
    // In this turn the stream still adjusts itself to having no listener for 'readable', and would undo what the next reader does.
    process.nextTick(() => {
      if (wasPaused) socket.pause();
      resolve(preface);
    });
  }

  socket.on('readable', read).on('end', end).on('error', left).on('close', close);
  signal?.addEventListener('abort', abort);
  if (socket.destroyed || socket.readableEnded) left();
  else read();
  return promise;
}

/** Bytes in the order of their arrival, in one piece; at most those of the longest preface, and what came with its last ones. */
class Collected {
  needs = 1;
  #buffer = Buffer.allocUnsafeSlow(512);
  #length = 0;

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  get enough(): boolean {
    return this.#length >= this.needs;
  }

  add(chunk: Buffer): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, Math.min(2 * this.#buffer.length, 2 * maxHello)));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#length);
    this.#length = length;
  }
}

function name({ proxy, serverName }: Wanted): string {
  if (proxy && serverName) return 'a PROXY header and a ClientHello';
  return proxy ? 'a PROXY header' : 'a ClientHello';
}
