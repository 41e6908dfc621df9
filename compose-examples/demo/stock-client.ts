import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';

/** How often a question is put. To ask twice is harmless: nothing changes by it (RFC 9110, 9.2.2). */
const tries = 3;
/** Milliseconds that an answer may take: where an instance is gone with its address, nobody says that a connection is cut. */
const timeout = 1500;

/** Asks the stock service, at the one address that the shop knows. */
export class StockClient {
  /** Questions that were put again, because the connection was gone. */
  repeats = 0;
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  /** @param url as in `http://127.0.0.1:7000`. */
  constructor(url: string) {
    this.#url = url;
  }

  /**
   * How many of a product are left. A connection that is cut was open to an instance that has gone; as clients do, it asks again on
   * a new one. @throws Error where there is no answer by then.
   */
  async left(product: number): Promise<number> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#ask(product, tried > 1);
      } catch (error) {
        if (tried === tries) throw error;
        this.repeats += 1;
      }
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @param anew whether on a connection of its own: those that are kept may all be gone. */
  async #ask(product: number, anew: boolean): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const asked = request(
      new URL(`/products/${product}`, this.#url),
      { agent: anew ? false : this.#agent, timeout },
      (response) => {
        json(response).then((answer) => resolve((answer as { left: number }).left), reject);
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`no answer from ${this.#url} in ${timeout / 1000} s`)));
    asked.on('error', reject);
    asked.end();
    return await promise;
  }
}
