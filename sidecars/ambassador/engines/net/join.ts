import { isGone } from './gone.ts';
import type { JoinAccount, Joined } from './joined.ts';
import { reset } from './reset.ts';
import type { Wire, WireOwner } from './wire.ts';

/** How long reading may pause before the silent side is looked at, in milliseconds. */
const patience = 1000;

/**
 * Carries the bytes of a client and its backend both ways, each FIN as a FIN and each reset as a reset:
 *
 *     client ── read ──▶ send ──▶ backend      what the backend does not take is kept, and the client not read until it is sent
 *     client ◀── send ◀── read ── backend      the same backwards
 */
export class Join implements Joined, WireOwner {
  lastByteAt = performance.now();
  readonly #client: Wire;
  readonly #backend: Wire;
  readonly #account: JoinAccount;
  #open = 2;
  /** The side that takes no more bytes because it is gone, while what it sent before is still read. */
  #broken: Wire | undefined;
  #over = false;

  constructor(client: Wire, backend: Wire, account: JoinAccount) {
    this.#client = client;
    this.#backend = backend;
    this.#account = account;
    client.open(this);
    backend.open(this);
  }

  reset(): void {
    if (this.#over) return;
    this.#over = true;
    this.#resetBoth();
  }

  probe(now: number): void {
    this.#backend.last();
    // what one that is broken sent before is carried as long as the other one takes it
    for (const wire of [this.#client, this.#backend])
      if (wire.heldAt > 0 && now - wire.heldAt > patience && (wire === this.#broken || isGone(wire))) this.#fail(wire);
  }

  read(from: Wire, size: number, bytes: Buffer): boolean {
    const to = this.#other(from);
    const sent = this.#broken === to ? -1 : to.send(bytes, size);
    if (sent < 0) return this.#stopSending(from, to);
    this.lastByteAt = performance.now();
    if (from === this.#client) this.#account.up(size);
    else this.#account.down(size);
    if (sent === size || to.keep(bytes.subarray(sent, size))) return from.goOn(size, bytes.length);
    return from.hold();
  }

  ended(from: Wire): void {
    if (this.#over) return;
    const to = this.#other(from);
    if (this.#broken === from) this.#fail(from);
    // with nothing more to read and nothing to send, closing sends the FIN as well as a shutdown would
    else if (to.readableEnded && to.writableLength === 0) to.destroy();
    else to.end();
  }

  drained(to: Wire): void {
    if (this.#over || this.#broken === to) return;
    this.#other(to).release();
  }

  failed(wire: Wire): void {
    this.#fail(wire);
  }

  closed(): void {
    this.#open -= 1;
    if (this.#open > 0 || this.#over) return;
    this.#over = true;
    this.#account.ended('closed');
  }

  /** The other end was reset. An answer that it sent before is still carried: its end is the reset. */
  #stopSending(from: Wire, to: Wire): false {
    this.#broken = to;
    if (to.destroyed || to.readableEnded) this.#fail(to);
    return from.hold();
  }

  #fail(wire: Wire): void {
    if (this.#over) return;
    this.#over = true;
    this.#resetBoth();
    this.#account.ended(wire === this.#client ? 'resetByClient' : 'resetByBackend');
  }

  #resetBoth(): void {
    reset(this.#client);
    reset(this.#backend);
  }

  #other(wire: Wire): Wire {
    return wire === this.#client ? this.#backend : this.#client;
  }
}
