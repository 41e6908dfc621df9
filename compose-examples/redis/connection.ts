import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Reply, readReply } from './reply.ts';

/** One connection to Redis. It is over with its socket: whoever needs another one opens it. */
export class Connection {
  /** The address that the server has for itself, such as `172.18.0.3:6379`. */
  readonly server: string;
  readonly #socket: Socket;
  readonly #waiting: PromiseWithResolvers<Reply['value']>[];

  private constructor(socket: Socket, waiting: PromiseWithResolvers<Reply['value']>[], server: string) {
    this.#socket = socket;
    this.#waiting = waiting;
    this.server = server;
  }

  /** Connects to a port of localhost, and asks who is there. @throws the system's error, such as ECONNRESET. */
  static async open(port: number): Promise<Connection> {
    const socket = connect({ host: 'localhost', port, noDelay: true });
    await once(socket, 'connect');
    const waiting: PromiseWithResolvers<Reply['value']>[] = [];
    follow(socket, waiting);
    const asker = new Connection(socket, waiting, '');
    const about = String(await asker.send('CLIENT', 'INFO'));
    return new Connection(socket, waiting, /\bladdr=(\S+)/.exec(about)?.[1] ?? 'unknown');
  }

  /** Whether the server has not closed it. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Sends one command and waits for its reply. @throws Error where the connection ends before, or Redis refuses the command. */
  async send(...words: readonly string[]): Promise<Reply['value']> {
    if (!this.isOpen) throw new Error('the connection is closed');
    const reply = Promise.withResolvers<Reply['value']>();
    this.#waiting.push(reply);
    this.#socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    const value = await reply.promise;
    if (value instanceof Error) throw value;
    return value;
  }

  close(): void {
    this.#socket.end();
  }
}

/** Gives each reply to the first who waits, and an error to all where the connection ends. */
function follow(socket: Socket, waiting: PromiseWithResolvers<Reply['value']>[]): void {
  let pending: Buffer = Buffer.alloc(0);
  const over = (error: Error) => {
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    try {
      for (let reply = readReply(pending, 0); reply !== undefined; reply = readReply(pending, 0)) {
        pending = pending.subarray(reply.end);
        waiting.shift()?.resolve(reply.value);
      }
    } catch (error) {
      over(error as Error);
    }
  });
  socket.on('error', over);
  socket.on('end', () => over(new Error('the server closed the connection')));
  socket.on('close', () => over(new Error('the connection is closed')));
}
