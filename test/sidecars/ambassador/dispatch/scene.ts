import type { Attempt } from '../../../../sidecars/ambassador/dispatch/attempt.ts';
import { Backend } from '../../../../sidecars/ambassador/dispatch/backend.ts';
import { type Dialer, Dispatcher, type Refusal } from '../../../../sidecars/ambassador/dispatch/dispatcher.ts';
import { type BackendCell, Ledger, type RouteCell } from '../../../../sidecars/ambassador/dispatch/ledger.ts';
import type { DialFailure, EngineBackend, EngineRoute } from '../../../../sidecars/ambassador/engines/engine.ts';
import { type RouteOptions, routeOptions } from '../../../../sidecars/ambassador/routes/options.ts';

/** The options of a route where nothing is given, but these. */
export function optionsWith(given: Partial<RouteOptions>): RouteOptions {
  const defaults = Object.fromEntries(Object.entries(routeOptions).map(([key, option]) => [key, option.default]));
  return { ...(defaults as RouteOptions), ...given };
}

/** A backend at a port of its own. */
export function backendAt(slot: number, port = 7000 + slot, usable = true): EngineBackend {
  return { slot, endpoint: { type: 'tcp', address: '10.0.0.1', family: 4, port, host: '10.0.0.1' }, usable };
}

/** The same as a dispatcher knows it. */
export const backend = (slot: number, load = 0): Backend => Object.assign(new Backend(backendAt(slot)), { load });

/** A route with its clock in hand; clients are names, and the dialer only writes down what it is told. */
export class Scene implements Dialer<string> {
  now = 1000;
  readonly ledger = new Ledger();
  readonly slot = this.ledger.take() as number;
  readonly slots: readonly number[];
  readonly dispatcher: Dispatcher<string>;
  /** Who is dialing which backend, in the order in which they began. */
  readonly dialing = new Map<string, number>();
  /** Every try: `client>slot`. */
  readonly tries: string[] = [];
  readonly refused: [client: string, reason: Refusal][] = [];
  readonly told: [slot: number, reason: DialFailure][] = [];
  readonly attempts = new Map<string, Attempt<string>>();
  readonly joined = new Map<string, Backend>();
  /** Dials of these clients end at once, before the call returns. */
  atOnce: ((client: string, attempt: Attempt<string>) => void) | undefined;

  /** @param told whether the dispatcher was told of its backends. */
  constructor(given: Partial<RouteOptions> = {}, backends = 2, told = true) {
    this.slots = Array.from({ length: backends }, () => this.ledger.take() as number);
    const failed = (slot: number, reason: DialFailure) => void this.told.push([slot, reason]);
    this.dispatcher = new Dispatcher(this.route(given), this.ledger, this, failed, () => this.now);
    if (told) this.dispatcher.setBackends(this.all());
  }

  route(given: Partial<RouteOptions>): EngineRoute {
    return { slot: this.slot, name: 'route', options: optionsWith(given) };
  }

  /** All backends, of which these cannot be used. */
  all(...unusable: number[]): EngineBackend[] {
    return this.slots.map((slot) => backendAt(slot, undefined, !unusable.includes(slot)));
  }

  come(client: string, source = 0): void {
    const attempt = this.dispatcher.begin(client, source);
    this.attempts.set(client, attempt);
  }

  of(client: string): Attempt<string> {
    return this.attempts.get(client) as Attempt<string>;
  }

  connect(client: string): void {
    this.dialing.delete(client);
    this.joined.set(client, this.dispatcher.connected(this.of(client)));
  }

  fail(client: string, reason: DialFailure = 'refused'): void {
    this.dialing.delete(client);
    this.dispatcher.failed(this.of(client), reason);
  }

  end(client: string): void {
    this.dispatcher.ended(this.joined.get(client) as Backend, 'closed');
    this.joined.delete(client);
  }

  /** Lets time pass, in milliseconds. */
  pass(time: number): void {
    this.now += time;
    this.dispatcher.tick();
  }

  counted(cell: RouteCell): number {
    return this.ledger.route(this.slot, cell);
  }

  backend(index: number, cell: BackendCell): number {
    return this.ledger.backend(this.slots[index] as number, cell);
  }

  dial(attempt: Attempt<string>, { slot }: Backend): void {
    const { client } = attempt;
    this.attempts.set(client, attempt);
    this.tries.push(`${client}>${this.slots.indexOf(slot)}`);
    this.dialing.set(client, slot);
    this.atOnce?.(client, attempt);
  }

  abandon({ client }: Attempt<string>): void {
    this.dialing.delete(client);
  }

  refuse(client: string, reason: Refusal): void {
    this.refused.push([client, reason]);
  }
}
