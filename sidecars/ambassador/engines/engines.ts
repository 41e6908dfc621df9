import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { type Libc, openLibc } from '#shared/linux/libc.ts';
import { selfTest } from '#shared/linux/self-test.ts';
import { Sockets } from '#shared/linux/socket.ts';
import type { Log } from '#shared/log.ts';
import type { Ledger } from '../dispatch/ledger.ts';
import type { ListenAddress, Route } from '../routes/route.ts';
import type { Engine, EngineEvents } from './engine.ts';
import { Listening } from './listening.ts';
import { NetEngine, type NetEngineOptions } from './net/engine.ts';
import { SpliceEngine } from './splice/engine.ts';
import { script } from './splice/script.ts';

/** Which engine is wanted: the one, the other, or the faster one wherever it can serve. */
export type EngineChoice = 'auto' | 'net' | 'splice';

/** What the engines are made with. */
export interface EnginesOptions extends NetEngineOptions {
  readonly choice: EngineChoice;
  readonly ledger: Ledger;
  readonly events: EngineEvents;
  readonly log: Log;
}

/** The engines of this sidecar, and which of them serves what. */
export class Engines {
  readonly net: NetEngine;
  readonly splice: SpliceEngine | undefined;
  readonly #libc: Libc | undefined;
  readonly #sockets: Sockets | undefined;

  /** @throws Exit where the splice engine is demanded and cannot run here. */
  constructor(options: EnginesOptions) {
    this.net = new NetEngine(options);
    // faults are for the net engine alone, and may come to any route
    this.#libc = options.choice === 'net' || options.faults !== undefined ? undefined : libcOrNot(options);
    if (this.#libc === undefined) return;
    this.#sockets = new Sockets(this.#libc);
    this.splice = new SpliceEngine(this.#libc, options.ledger, options.events, script);
  }

  /** The engine for the routes of one listener. */
  for(routes: readonly Route[]): Engine {
    const plain = routes.length === 1 && routes.every(({ options }) => !looksInside(options));
    return plain ? (this.splice ?? this.net) : this.net;
  }

  /**
   * A listening socket that routes keep when they change their engine; undefined where there is one engine alone, which then listens itself.
   * @throws the system's error, such as EADDRINUSE.
   */
  async listening(address: ListenAddress, mode: string | undefined): Promise<Listening | undefined> {
    if (this.#libc === undefined || this.#sockets === undefined) return undefined;
    return Listening.open(this.#libc, this.#sockets, address, mode);
  }

  /** Accepts nothing more. Resolves when the last connection has ended. */
  async drain(): Promise<void> {
    await Promise.all([this.net.drain(), this.splice?.drain()]);
  }

  /** Ends all connections, and the engines. */
  async destroy(): Promise<void> {
    await Promise.all([this.net.destroy(), this.splice?.destroy()]);
  }
}

/** Whether a route has to do with the bytes or the handshake of its connections, which is for the engine of Node's sockets alone. */
function looksInside({ proxyIn, sni, tlsCert, tlsOut }: Route['options']): boolean {
  return proxyIn || tlsOut || sni !== undefined || tlsCert !== undefined;
}

function libcOrNot({ choice, log }: EnginesOptions): Libc | undefined {
  try {
    const libc = openLibc();
    selfTest(libc);
    return libc;
  } catch (error) {
    const why = `the splice engine cannot run here: ${messageOf(error)}`;
    if (choice === 'splice')
      throw new Exit(exitCode.settings, `AMBASSADOR_ENGINE=splice: ${why}; set it to auto or net`, { cause: error });
    log.warn(`${why}; connections are carried by Node's own sockets, which costs more processor time`);
    return undefined;
  }
}
