import { createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { atEnd } from './at-end.ts';
import { until } from './until.ts';

/** A message of RFC 5424, taken apart. */
export interface StrictMessage {
  readonly priority: number;
  readonly time: string;
  readonly host: string;
  readonly app: string;
  /** The parameters of its only element of structured data. */
  readonly data: Readonly<Record<string, string>>;
  readonly message: string;
}

/** HEADER SP STRUCTURED-DATA SP MSG (RFC 5424, section 6): bytes above ASCII are there as latin1. */
const grammar =
  /^<(?<priority>\d|[1-9]\d|1[0-8]\d|19[01])>1 (?<time>-|\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)) (?<host>[\x21-\x7e]{1,255}) (?<app>[\x21-\x7e]{1,48}) [\x21-\x7e]{1,128} [\x21-\x7e]{1,32} \[sidekick@32473(?<data>(?: [\x21\x23-\x3c\x3e-\x5c\x5e-\x7e]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\] (?<message>.*)$/s;

/** Takes a message apart. @throws Error where it is none of RFC 5424, or holds UTF-8 that is ill-formed. */
export function strictMessage(bytes: Uint8Array): StrictMessage {
  const { groups } = grammar.exec(Buffer.from(bytes).toString('latin1')) ?? {};
  if (groups === undefined) throw new Error(`no message of RFC 5424: ${Buffer.from(bytes.subarray(0, 300)).toString()}`);
  const text = (latin1 = '') => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  const { priority, time = '', host = '', app = '', data = '', message } = groups;
  const parameters = Array.from(data.matchAll(/ ([^=]+)="((?:[^"\\]|\\.)*)"/gs), ([, name = '', value = '']) => [
    name,
    text(value).replaceAll(/\\(["\\\]])/g, '$1'),
  ]);
  return { priority: Number(priority), time, host, app, data: Object.fromEntries(parameters), message: text(message) };
}

/** A server that takes messages by octet counting (RFC 6587, section 3.4.1) and nothing else, and remembers them. */
export class SyslogReceiver {
  readonly messages: StrictMessage[] = [];
  /** What was no message, and ended its connection. */
  readonly violations: unknown[] = [];
  readonly connections = new Set<Socket>();
  /** How many connections there have been. */
  accepted = 0;
  /** Does to a new connection what else than reading is to be done to it; true where nothing is read. */
  behave: (socket: Socket, number: number) => boolean = () => false;
  readonly #server: Server;
  #port = 0;

  private constructor(tls: TlsOptions | undefined) {
    const take = (socket: Socket) => this.#take(socket);
    this.#server = tls === undefined ? createServer({ noDelay: true }, take) : createTlsServer(tls, take);
  }

  /** Starts one on a free port; it ends with the test. @param tls makes it speak TLS. */
  static async start(t: TestContext, tls?: TlsOptions): Promise<SyslogReceiver> {
    const receiver = new SyslogReceiver(tls);
    await receiver.open();
    atEnd(t, () => receiver.close());
    return receiver;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', () => resolve()),
    );
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Goes away with all connections. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.connections) socket.destroy();
    await closed;
  }

  /** Waits until so many different lines came. */
  async got(count: number): Promise<void> {
    await until(`${count} different lines came`, () => new Set(this.messages.map(({ message }) => message)).size >= count);
  }

  #take(socket: Socket): void {
    this.accepted += 1;
    this.connections.add(socket);
    socket.on('close', () => this.connections.delete(socket));
    socket.on('error', () => {});
    if (this.behave(socket, this.accepted)) return;
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      try {
        rest = this.#frames(Buffer.concat([rest, chunk]));
      } catch (error) {
        this.violations.push(error);
        socket.destroy();
      }
    });
  }

  /** Takes whole frames. @returns what is left. */
  #frames(bytes: Buffer): Buffer {
    for (let at = 0; ; ) {
      const count = /^([1-9]\d{0,8})( |$)/.exec(bytes.toString('latin1', at, at + 10));
      if (count === null) {
        if (bytes.length > at) throw new Error(`no length before a message: ${bytes.toString('latin1', at, at + 20)}`);
        return bytes.subarray(at);
      }
      const [head, digits, space] = count;
      const end = at + head.length + Number(digits);
      if (space === '' || bytes.length < end) return bytes.subarray(at);
      this.messages.push(strictMessage(bytes.subarray(at + head.length, end)));
      at = end;
    }
  }
}
