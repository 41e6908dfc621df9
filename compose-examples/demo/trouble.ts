import type { Cast } from './cast.ts';
import type { Scene } from './scene.ts';

/** When processes are killed. */
export interface Troubles {
  /** An instance of the stock, each in its turn, whenever the shop has answered so many requests more. */
  readonly stockEvery: number;
  /** The logs sidecar, once, when so many lines have arrived; Infinity for never. */
  readonly logsAt: number;
  /** How many instances are killed in all. */
  readonly stocks: number;
}

/** Kills what the demo is to survive. */
export class Trouble {
  /** How many instances of the stock were killed here. */
  stocks = 0;
  readonly #cast: Pick<Cast, 'stocks' | 'sidecars'>;
  readonly #troubles: Troubles;
  #logs = false;
  #next: number;

  constructor(cast: Pick<Cast, 'stocks' | 'sidecars'>, troubles: Troubles) {
    this.#cast = cast;
    this.#troubles = troubles;
    this.#next = troubles.stockEvery;
  }

  /** Kills who is due. An instance only while both have connections to get: the shop needs one of them. */
  stir({ shop, logs, ambassador }: Pick<Scene, 'shop' | 'logs' | 'ambassador'>): void {
    const { stocks, sidecars } = this.#cast;
    const { stockEvery, logsAt, stocks: most } = this.#troubles;
    if (!this.#logs && logs.shipped >= logsAt) {
      this.#logs = true;
      sidecars.logs.kill();
    }
    const requests = shop?.requests ?? 0;
    const up = ambassador?.backends.filter(({ state }) => state === 'up').length ?? 0;
    const running = stocks.every(({ standing }) => standing === 'running');
    if (this.stocks >= most || requests < this.#next || up < stocks.length || !running) return;
    stocks[this.stocks % stocks.length]?.kill();
    this.stocks += 1;
    this.#next = requests + stockEvery;
  }
}
