import type { DialFailure } from '../engines/engine.ts';
import type { Backend } from './backend.ts';
import { backendCell, connectBounds, type Ledger, type RouteCell, routeCell } from './ledger.ts';

/** How an established connection ended. */
export type Ending = 'closed' | 'resetByClient' | 'resetByBackend' | 'idled' | 'expired';

/** What a dispatcher writes into the ledger: for its route, and for the backends of it. */
export class Account {
  readonly #ledger: Ledger;
  readonly #route: number;

  /** @param slot that of the route. */
  constructor(ledger: Ledger, slot: number) {
    this.#ledger = ledger;
    this.#route = ledger.at(slot);
  }

  /** Adds to a number of the route. */
  add(cell: RouteCell, amount: number): void {
    this.#grow(this.#route + routeCell[cell], amount);
  }

  /** A backend accepted, so many seconds after it was dialed. */
  connected({ slot }: Backend, seconds: number): void {
    const at = this.#ledger.at(slot);
    this.#grow(at + backendCell.connections, 1);
    this.#grow(at + backendCell.active, 1);
    this.#grow(at + backendCell.connectSeconds, seconds);
    let bucket = 0;
    while (bucket < connectBounds.length && seconds > (connectBounds[bucket] ?? seconds)) bucket += 1;
    if (bucket < connectBounds.length) this.#grow(at + backendCell.connect0 + bucket, 1);
  }

  /** A backend did not accept. */
  failed({ slot }: Backend, reason: DialFailure): void {
    this.#grow(this.#ledger.at(slot) + backendCell[reason], 1);
  }

  /** A connection to a backend ended, and its client is gone. */
  ended({ slot }: Backend, how: Ending): void {
    const at = this.#ledger.at(slot);
    this.#grow(at + backendCell.active, -1);
    if (how !== 'closed') this.#grow(at + backendCell[how], 1);
    this.add('clients', -1);
  }

  #grow(at: number, amount: number): void {
    const { cells } = this.#ledger;
    cells[at] = (cells[at] ?? 0) + amount;
  }
}
