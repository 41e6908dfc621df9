import type { Backend } from '../../dispatch/backend.ts';
import type { Dispatcher, Ending } from '../../dispatch/dispatcher.ts';
import { backendCell, type Ledger } from '../../dispatch/ledger.ts';
import type { Client } from './client.ts';
import type { JoinAccount, Joined } from './joined.ts';

/** An established connection, and its account. */
export class Connection implements JoinAccount {
  readonly #began = performance.now();
  readonly #dispatcher: Dispatcher<Client>;
  readonly #backend: Backend;
  readonly #cells: Float64Array;
  readonly #at: number;
  readonly #over: (connection: Connection) => void;
  #joined: Joined | undefined;
  #ended = false;

  /** @param over is called once, when it has ended. */
  constructor(dispatcher: Dispatcher<Client>, backend: Backend, ledger: Ledger, over: (connection: Connection) => void) {
    this.#dispatcher = dispatcher;
    this.#backend = backend;
    this.#cells = ledger.cells;
    this.#at = ledger.at(backend.slot);
    this.#over = over;
  }

  /** Begins to carry. */
  carry(join: (account: JoinAccount) => Joined): void {
    this.#joined = join(this);
  }

  up(bytes: number): void {
    this.#grow(backendCell.bytesUp, bytes);
  }

  down(bytes: number): void {
    this.#grow(backendCell.bytesDown, bytes);
  }

  ended(how: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#over(this);
    this.#dispatcher.ended(this.#backend, how);
  }

  /** Ends it with a reset. */
  reset(how: Ending): void {
    this.#joined?.reset();
    this.ended(how);
  }

  /** Ends it where its time is up, and looks whether a silent side is gone. @param now `performance.now()`. */
  look(now: number): void {
    const { idle, lifetime } = this.#dispatcher.route.options;
    if (this.#joined === undefined) return;
    if (lifetime !== undefined && now - this.#began >= lifetime) this.reset('expired');
    else if (idle !== undefined && now - this.#joined.lastByteAt >= idle) this.reset('idled');
    else this.#joined.probe?.(now);
  }

  #grow(cell: number, amount: number): void {
    const at = this.#at + cell;
    this.#cells[at] = (this.#cells[at] ?? 0) + amount;
  }
}
