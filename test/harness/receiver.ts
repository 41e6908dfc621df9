import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { until } from './until.ts';

/** A record as a receiver of NDJSON gets it. */
export interface ReceivedRecord {
  readonly time: string;
  readonly message: string;
  readonly file: string;
  readonly host: string;
  readonly [label: string]: unknown;
}

/** One request that was answered with 2xx. */
export interface ReceivedBatch {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly records: readonly ReceivedRecord[];
}

/** What a receiver does with a request: answers with that status, breaks the connection, or never answers. */
export type Behaviour = number | 'reset' | 'silence';

/** A real HTTP server that takes NDJSON, remembers what it acknowledged, and misbehaves on demand. */
export class Receiver {
  readonly batches: ReceivedBatch[] = [];
  /** Status of each answer that was not 2xx, and each broken connection, in order. */
  readonly refusals: Behaviour[] = [];
  /** Decides about each request; 200 unless it is changed. */
  behave: (request: IncomingMessage) => Behaviour = () => 200;
  /** More header fields of each answer. */
  answerHeaders: Record<string, string> = {};
  /** Milliseconds before each answer. */
  delay = 0;
  #server: Server;
  #port = 0;
  readonly #create: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  readonly #scheme: string;

  private constructor(create: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server, scheme: string) {
    this.#create = create;
    this.#scheme = scheme;
    this.#server = this.#make();
  }

  /** Starts one on a free port of the loopback; it is closed when the test ends. `create` and `scheme` make it an https server. */
  static async start(
    t: TestContext,
    create: typeof Receiver.prototype.create = createServer,
    scheme = 'http',
  ): Promise<Receiver> {
    const receiver = new Receiver(create, scheme);
    await receiver.open();
    t.after(() => receiver.close());
    return receiver;
  }

  /** Makes the server of a request handler. */
  get create(): (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server {
    return this.#create;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}/in`;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    this.#server = this.#make();
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Goes away with all connections, as a server that is killed does. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** All records that were acknowledged, in the order of arrival. */
  get records(): ReceivedRecord[] {
    return this.batches.flatMap(({ records }) => records);
  }

  /** Their messages. */
  get messages(): string[] {
    return this.records.map(({ message }) => message);
  }

  /** Waits until so many different messages were acknowledged. */
  async got(count: number): Promise<void> {
    await until(
      `${count} different messages arrived (${this.refusals.length} refusals)`,
      () => new Set(this.messages).size >= count,
    );
  }

  #make(): Server {
    return this.#create((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('error', () => response.destroy());
      request.on('end', () => setTimeout(() => this.#answer(request, response, Buffer.concat(parts)), this.delay));
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (response.destroyed) return;
    const behaviour = request.method === 'HEAD' ? 200 : this.behave(request);
    if (typeof behaviour !== 'number' || behaviour < 200 || behaviour > 299) this.refusals.push(behaviour);
    if (behaviour === 'silence') return;
    if (behaviour === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (behaviour >= 200 && behaviour < 300 && request.method === 'POST') this.batches.push(batchOf(request, body));
    response.writeHead(behaviour, this.answerHeaders).end();
  }
}

function batchOf(request: IncomingMessage, body: Buffer): ReceivedBatch {
  // invalid UTF-8 or JSON in a body is a defect of the sender: both throw here
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  if (!text.endsWith('\n')) throw new Error('a body of NDJSON ends with a line end');
  const records = text
    .slice(0, -1)
    .split('\n')
    .map((line): ReceivedRecord => JSON.parse(line));
  return { id: String(request.headers['idempotency-key']), headers: request.headers, records };
}
