import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Actor, Stage } from '../../stage.ts';

/** What arrived at the sink since it was reset. Times are milliseconds since the epoch; 0 for none. */
export interface Count {
  /** Records; lines, where each is one. */
  readonly lines: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  /** Share of the time in which the sink had work: near 1 it is what is measured, and not the shipper. */
  readonly busy: number;
  /** For each stamped line, how many milliseconds after its stamp it arrived. */
  readonly latencies: readonly number[];
}

/** What the process of the sink is asked. */
export type Asked = 'lines' | 'stamps' | 'kept' | 'count' | 'leave' | 'return';

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
    const script = fileURLToPath(new URL('process.ts', import.meta.url));
    const actor = stage.start('the sink', process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    const [ports] = await Promise.race([once(actor.process, 'message'), actor.ended().then(() => [])]);
    return new Sink(actor, ports);
  }

  /**
   * Forgets what arrived.
   * @param mode `stamps` where lines hold `sent=MILLISECONDS;`, to be read for their latencies; `kept` where records are counted only when they are asked for,
   *   as they are compressed, or no lines.
   */
  async reset(mode: 'lines' | 'stamps' | 'kept' = 'lines'): Promise<void> {
    await this.#ask(mode);
  }

  /** What arrived so far. */
  count(): Promise<Count> {
    return this.#ask('count');
  }

  /** Goes away, with all connections. */
  async leave(): Promise<void> {
    await this.#ask('leave');
  }

  /** Comes back to where it was. */
  async return(): Promise<void> {
    await this.#ask('return');
  }

  async #ask(what: Asked): Promise<Count> {
    const answer = once(this.#actor.process, 'message');
    this.#actor.process.send(what);
    return (await answer)[0];
  }
}
