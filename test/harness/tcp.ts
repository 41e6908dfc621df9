import {
  connect,
  createServer,
  type IpcSocketConnectOpts,
  type ListenOptions,
  type Server,
  type Socket,
  type TcpSocketConnectOpts,
} from 'node:net';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { until } from './until.ts';

/** How the stream of the other side ended: `FIN`, or the code of what ended it, such as `ECONNRESET`. */
export type Ending = 'FIN' | string;

/** One end of a stream, held by hand: what is received is kept, and nothing is ended or answered by itself. */
export class Peer {
  readonly socket: Socket;
  /** Resolves when the other side's stream has ended. It is read to its end only where it is not stalled. */
  readonly ending: Promise<Ending>;
  /** Bytes that were received. */
  bytes = 0;
  readonly #chunks: Buffer[] = [];
  #ended: Ending | undefined;

  /** @param socket half-open is allowed. */
  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.bytes += chunk.length;
    });
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const end = (ending: Ending) => {
      this.#ended ??= ending;
      resolve(this.#ended);
    };
    socket.on('end', () => end('FIN'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on('close', () => end('closed by this side'));
    this.ending = promise;
  }

  /** How the other side's stream ended; undefined while it has not. */
  get ended(): Ending | undefined {
    return this.#ended;
  }

  /** All that was received. */
  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Waits until so many bytes were received, all in all. */
  async receives(count: number): Promise<Buffer> {
    await until(`${count} bytes are received`, () => {
      if (this.bytes < count && this.#ended !== undefined)
        throw new Error(`${this.bytes} of ${count} bytes were received, then: ${this.#ended}`);
      return this.bytes >= count;
    });
    return this.received;
  }

  /** Sends, and resolves when the system took the last byte. @throws Error where it never will. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Sends some bytes again and again until the system takes no more for a while. @returns how many bytes it took. */
  async sendUntilBlocked(): Promise<number> {
    const block = Buffer.alloc(256 * 1024, 'blocked ');
    let taken = 0;
    let looks = 0;
    const write = (): void =>
      void this.socket.write(block, (error) => {
        if (error) return;
        taken += block.length;
        write();
      });
    write();
    let before = 0;
    await until('the way is full', () => {
      looks = taken === before && taken > 0 ? looks + 1 : 0;
      before = taken;
      return looks >= 25;
    });
    return taken;
  }

  /** Ends this side's stream; the other direction stays. */
  end(): void {
    this.socket.end();
  }

  /** Reads no more, so that the other side is blocked in the end. */
  stall(): void {
    this.socket.pause();
  }

  /** Reads again. */
  read(): void {
    this.socket.resume();
  }

  /** Ends both directions with a RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }
}

/** What a server does with a peer that came. */
export type Behave = (peer: Peer) => void;

/** Sends back what it gets, and ends when it ends. */
export const echo: Behave = ({ socket }) => void socket.pipe(socket);

/** Says a word, then ends its stream and reads on. */
export const says =
  (word: string): Behave =>
  ({ socket }) =>
    void socket.end(word);

/** Does nothing by itself. */
export const silent: Behave = () => {};

const servers = new WeakMap<TestContext, TcpServer[]>();

/** A server whose peers are held by hand. */
export class TcpServer {
  /** Those that came, in order. */
  readonly peers: Peer[] = [];
  readonly #where: ListenOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  private constructor(where: ListenOptions, behave: Behave) {
    this.#where = where;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new Peer(socket);
      this.peers.push(peer);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      behave(peer);
    });
  }

  /** Listens on a free port of the loopback, or where it is told; it ends with the test, and all its peers. */
  static async listen(t: TestContext, behave: Behave = echo, where: ListenOptions = {}): Promise<TcpServer> {
    const server = new TcpServer(where.path === undefined ? { host: '127.0.0.1', ...where } : where, behave);
    await server.open();
    servers.set(t, [...TcpServer.of(t), server]);
    atEnd(t, () => server.close());
    return server;
  }

  /** All servers of a test. */
  static of(t: TestContext): readonly TcpServer[] {
    return servers.get(t) ?? [];
  }

  /** Counts anew: those who came so far were of no interest, such as somebody who looked whether it is there. */
  forget(): void {
    this.peers.length = 0;
  }

  /** Listens again after {@link close}, on the same port. */
  async open(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    const place = this.#where.path === undefined ? { port: this.#port } : {};
    this.#server.listen({ ...place, ...this.#where, backlog: 4096 }, resolve);
    await promise;
    this.#server.off('error', reject);
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }

  get port(): number {
    return this.#port;
  }

  /** As a route names it: `127.0.0.1:6379`, `[::1]:6379`, `unix:/run/app.sock`. */
  get address(): string {
    const { path, host = '' } = this.#where;
    if (path !== undefined) return `unix:${path}`;
    return host.includes(':') ? `[${host}]:${this.#port}` : `${host}:${this.#port}`;
  }

  /** Those that are connected. */
  get connected(): Peer[] {
    return this.peers.filter(({ socket }) => !socket.destroyed);
  }

  /** Waits for the peer of this place in the order. */
  async peer(index = 0): Promise<Peer> {
    await until(`peer ${index} came`, () => this.peers.length > index);
    return this.peers[index] as Peer;
  }

  /** Stops to listen, and breaks all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Where a client connects to. */
export type Where = TcpSocketConnectOpts | IpcSocketConnectOpts;

/** Connects to a port of the loopback, or elsewhere. The connection ends with the test. @throws the system's error. */
export async function dial(t: TestContext, where: number | Where): Promise<Peer> {
  const options: Where = typeof where === 'number' ? { host: '127.0.0.1', port: where } : where;
  const socket = connect({ ...options, allowHalfOpen: true, noDelay: true });
  const peer = new Peer(socket);
  atEnd(t, () => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  await promise;
  socket.off('error', reject);
  return peer;
}
