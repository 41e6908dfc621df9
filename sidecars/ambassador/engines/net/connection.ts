import type { Backend } from '../../dispatch/backend.ts';
import type { Dispatcher, Ending } from '../../dispatch/dispatcher.ts';
import { backendCell, type Ledger } from '../../dispatch/ledger.ts';
import type { Client } from './client.ts';
import type { JoinAccount, Joined } from './joined.ts';

/** An established connection, and its account. */
export class Connection implements JoinAccount {
  readonly began = performance.now();
  joined: Joined | undefined;
  readonly #dispatcher: Dispatcher<Client>;
  readonly #backend: Backend;
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #over: (connection: Connection) => void;
  #ended = false;

  constructor(dispatcher: Dispatcher<Client>, backend: Backend, ledger: Ledger, over: (connection: Connection) => void) {
    this.#dispatcher = dispatcher;
    this.#backend = backend;
    this.#cells = ledger.cells;
    this.#at = ledger.at(backend.slot);
    this.#over = over;
  }

  up(bytes: number): void {
    const at = this.#at + backendCell.bytesUp;
    this.#cells[at] = (this.#cells[at] ?? 0) + bytes;
  }

  down(bytes: number): void {
    const at = this.#at + backendCell.bytesDown;
    this.#cells[at] = (this.#cells[at] ?? 0) + bytes;
  }

  ended(how: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over(this);
    this.#dispatcher.ended(this.#backend, how);
  }

  /** Ends it with a reset. */
  reset(how: Ending): void {
    this.ended(how);
    this.joined?.reset();
  }

  /** Ends it where its time is up, and looks whether a silent side is gone. */
  look(now: number): void {
    const { idle, lifetime } = this.#dispatcher.route.options;
    const { joined } = this;
    if (joined === undefined) return;
    if (lifetime !== undefined && now - this.began >= lifetime) this.reset('expired');
    else if (idle !== undefined && now - joined.lastByteAt >= idle) this.reset('idled');
    else joined.probe?.(now);
  }
}
