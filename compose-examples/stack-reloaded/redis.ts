import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What Redis replies; a list for commands such as HGETALL. */
export type Reply = string | null | readonly (string | null)[];

/** A client of a Redis whose values are single lines. It has one connection, and opens it again with the next command when it is lost. */
export class Redis {
  readonly #host: string;
  #connection: Promise<Connection> | undefined;

  constructor(host: string) {
    this.#host = host;
  }

  /** @throws Error where the server cannot be reached, or says that something is wrong. */
  async ask(...words: readonly string[]): Promise<Reply> {
    this.#connection ??= Connection.open(this.#host);
    const own = this.#connection;
    try {
      return await (await own).ask(words);
    } catch (error) {
      if (this.#connection === own) this.#connection = undefined;
      (await own.catch(() => undefined))?.close();
      throw error;
    }
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    void this.#listen();
  }

  static async open(host: string): Promise<Connection> {
    const socket = connect({ host, port: 6379, noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  async ask(words: readonly string[]): Promise<Reply> {
    if (this.#socket.destroyed) throw new Error('Redis had closed the connection');
    const reply = Promise.withResolvers<Reply>();
    this.#waiting.push(reply);
    this.#socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    return reply.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #listen(): Promise<void> {
    let failure = new Error('Redis closed the connection');
    this.#socket.on('error', (error) => {
      failure = error;
    });
    this.#socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(failure);
    });
    const lines = createInterface(this.#socket)[Symbol.asyncIterator]();
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      const waiting = this.#waiting.shift();
      if (line.value.startsWith('-')) waiting?.reject(new Error(line.value.slice(1)));
      else waiting?.resolve(await rest(line.value, lines));
    }
  }
}

/** Reads the rest of a reply from its first line on. @see https://redis.io/docs/latest/develop/reference/protocol-spec/ */
async function rest(first: string, lines: AsyncIterator<string>): Promise<Reply> {
  const value = first.slice(1);
  if (first.startsWith('$')) return value === '-1' ? null : ((await lines.next()).value ?? null);
  if (!first.startsWith('*')) return value;
  const items: (string | null)[] = [];
  while (items.length < Number(value)) items.push((await rest((await lines.next()).value ?? '', lines)) as string | null);
  return items;
}
