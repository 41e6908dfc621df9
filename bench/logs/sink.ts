import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Actor, Stage } from '../stage.ts';

/** What arrived at the sink since it was reset. Times are milliseconds since the epoch; 0 for none. */
export interface Count {
  readonly lines: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  /** Share of the time in which the sink had work: near 1 it is what is measured, and not the shipper. */
  readonly busy: number;
  /** For each stamped line, how many milliseconds after its stamp it arrived. */
  readonly latencies: readonly number[];
}

/** The receiver of all shippers. */
export class Sink {
  /** Ports of 127.0.0.1. */
  readonly ports: { readonly http: number; readonly tcp: number };
  readonly #actor: Actor;

  private constructor(actor: Actor, ports: Sink['ports']) {
    this.#actor = actor;
    this.ports = ports;
  }

  /** Starts one; it ends with the stage. */
  static async open(stage: Stage): Promise<Sink> {
    const script = fileURLToPath(new URL('sink-process.ts', import.meta.url));
    const actor = stage.start('the sink', process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const [ports] = await Promise.race([once(actor.process, 'message'), actor.ended().then(() => [])]);
    return new Sink(actor, ports);
  }

  /** Forgets what arrived. @param stamped whether lines hold `sent=MILLISECONDS;`, to be read for their latencies. */
  async reset(stamped = false): Promise<void> {
    await this.#ask(stamped ? 'reset for stamps' : 'reset');
  }

  /** What arrived so far. */
  count(): Promise<Count> {
    return this.#ask('count');
  }

  async #ask(what: string): Promise<Count> {
    const answer = once(this.#actor.process, 'message');
    this.#actor.process.send(what);
    return (await answer)[0];
  }
}
