import { type Past, plus, routeTotals } from '../past.ts';
import type { RunningRoute } from './running-route.ts';

/** How often routes that are left are looked at, in milliseconds. */
const every = 250;

/** Routes that are listened for no more and still have clients. They go with the last of them. */
export class Leaving {
  readonly #past: Past;
  readonly #running: (name: string) => RunningRoute | undefined;
  readonly #routes = new Set<RunningRoute>();
  readonly #closing = new Set<RunningRoute>();
  #timer: NodeJS.Timeout | undefined;

  /** @param running the route of a name that took the place of one that leaves. */
  constructor(past: Past, running: (name: string) => RunningRoute | undefined) {
    this.#past = past;
    this.#running = running;
  }

  /** Those of a name. */
  of(name: string): readonly RunningRoute[] {
    return [...this.#routes].filter(({ route }) => route.name === name);
  }

  add(running: RunningRoute): void {
    this.#routes.add(running);
    this.#timer ??= setInterval(() => this.#look(), every).unref();
  }

  #look(): void {
    for (const running of this.#routes) {
      // those who still wait for a backend need one to be looked after
      if (running.undecided > 0 || this.#closing.has(running)) continue;
      this.#closing.add(running);
      void running.close().then(() => this.#gone(running));
    }
    if (this.#routes.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Nobody writes to its slots any more. What it counted goes on with its successor, or is remembered. */
  #gone(running: RunningRoute): void {
    const { engine, slot, route, before } = running;
    const { ledger } = engine;
    this.#routes.delete(running);
    this.#closing.delete(running);
    engine.forget(slot);
    const successor = this.#running(route.name);
    if (successor === undefined) this.#past.retireRoute(route.name, { ledger, slot, before });
    else successor.before = plus(routeTotals({ ledger, slot, before }), successor.before);
    ledger.release(slot);
  }
}
