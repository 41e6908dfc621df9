import { Connection } from './connection.ts';

/** What the cache said, and which server it was. */
export interface Answer {
  readonly value: string | null;
  readonly server: string;
}

/** How often a command is sent before its caller hears of the failure. */
const tries = 3;

/**
 * A cache in Redis, over a few connections that are used in turn. As most clients of Redis do, it opens a connection again that was
 * lost, and sends the command again; it has no other address to try than the one it was given.
 */
export class Cache {
  readonly #port: number;
  readonly #lanes: (Promise<Connection> | undefined)[];
  #turn = 0;
  /** Connections that had to be opened again. */
  reopened = 0;

  /** @param port of localhost. @param lanes how many connections there are. */
  constructor(port: number, lanes: number) {
    this.#port = port;
    this.#lanes = Array.from({ length: lanes }, () => undefined);
  }

  /** What is kept under a key; null where there is nothing (any more). @throws Error where the cache cannot be asked. */
  get(key: string): Promise<Answer> {
    return this.#ask('GET', key);
  }

  /** Keeps a value for some seconds. @throws Error where the cache cannot be asked. */
  set(key: string, value: string, seconds: number): Promise<Answer> {
    return this.#ask('SET', key, value, 'EX', String(seconds));
  }

  /** How many connections there are to each server. */
  async servers(): Promise<Record<string, number>> {
    const open = await Promise.allSettled(this.#lanes.filter((lane) => lane !== undefined));
    const names = open.flatMap((lane) => (lane.status === 'fulfilled' && lane.value.isOpen ? lane.value.server : []));
    return Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, own]) => [name, own.length]));
  }

  async close(): Promise<void> {
    for (const lane of await Promise.allSettled(this.#lanes)) if (lane.status === 'fulfilled') lane.value?.close();
  }

  async #ask(...words: readonly string[]): Promise<Answer> {
    const lane = this.#turn++ % this.#lanes.length;
    for (let left = tries; ; left -= 1) {
      try {
        return await this.#send(lane, words);
      } catch (error) {
        this.#lanes[lane] = undefined;
        this.reopened += 1;
        if (left === 1) throw error;
      }
    }
  }

  async #send(lane: number, words: readonly string[]): Promise<Answer> {
    this.#lanes[lane] ??= Connection.open(this.#port);
    const connection = await this.#lanes[lane];
    const value = await connection.send(...words);
    return { value: value === null ? null : String(value), server: connection.server };
  }
}
