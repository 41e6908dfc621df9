import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { until } from '#harness/until.ts';

/** Where a connection is held: once its client has sent this text, and the server so many bytes since. */
interface Hold {
  readonly text: string;
  readonly after: number;
}

/** Stands between clients and a database server, and holds what the server sends at points that a test names. */
export class Weir {
  readonly #server: Server;
  readonly #upstream: number;
  readonly #sockets = new Set<Socket>();
  #holds: Hold[] = [];
  readonly #held = new Map<Socket, string>();

  private constructor(upstream: number) {
    this.#upstream = upstream;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  }

  /** @param port of the server on the loopback. The weir ends with the test. */
  static async open(t: TestContext, port: number): Promise<Weir> {
    const weir = new Weir(port);
    await new Promise<void>((resolve) => weir.#server.listen(0, '127.0.0.1', resolve));
    atEnd(t, async () => {
      const closed = new Promise<void>((resolve) => weir.#server.close(() => resolve()));
      for (const socket of weir.#sockets) socket.destroy();
      await closed;
    });
    return weir;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on each connection is held whose client sends this text, once the server has sent so many bytes since. */
  hold(text: string, after = 0): void {
    this.#holds.push({ text, after });
  }

  /** Waits until a connection is held by this text. */
  async holds(text: string): Promise<void> {
    await until(`"${text}" is held`, () => [...this.#held.values()].includes(text));
  }

  /** Lets all go on, and holds nobody any more. */
  release(): void {
    this.#holds = [];
    for (const socket of this.#held.keys()) socket.resume();
    this.#held.clear();
  }

  /** Breaks all connections off. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.release();
  }

  #take(client: Socket): void {
    const server = connect({ port: this.#upstream, host: '127.0.0.1', allowHalfOpen: true });
    let hold: Hold | undefined;
    let left = 0;
    let sent = '';
    this.#join(client, server, (chunk) => {
      sent = (sent + chunk.toString('latin1')).slice(-chunk.length - 200);
      const found = this.#holds.find(({ text }) => sent.includes(text));
      if (found === undefined || found === hold) return;
      hold = found;
      left = found.after;
      if (left === 0) this.#hold(server, found);
    });
    this.#join(server, client, (chunk) => {
      if (hold === undefined || !this.#holds.includes(hold)) return;
      left -= chunk.length;
      if (left <= 0) this.#hold(server, hold);
    });
  }

  #hold(server: Socket, { text }: Hold): void {
    this.#held.set(server, text);
    server.pause();
  }

  #join(from: Socket, to: Socket, see: (chunk: Buffer) => void): void {
    this.#sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk) && !this.#held.has(from)) {
        from.pause();
        to.once('drain', () => this.#held.has(from) || from.resume());
      }
      see(chunk);
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}
