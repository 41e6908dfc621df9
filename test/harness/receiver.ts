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

/** One request with records. */
export interface ReceivedBatch {
  readonly id: string;
  readonly headers: IncomingMessage['headers'];
  readonly records: readonly ReceivedRecord[];
}

/** What a receiver does with a request: answers with that status, breaks the connection, or never answers. */
export type Behaviour = number | 'reset' | 'silence';

/** How a receiver is reached. */
export interface Reach {
  /** Makes the server of a request handler; one of http by default. */
  readonly create?: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  readonly scheme?: 'http' | 'https';
  /** `0.0.0.0` for containers that run with the flags `reachHost`; the loopback by default. */
  readonly host?: '127.0.0.1' | '0.0.0.0';
}

/** A real HTTP server that takes NDJSON, remembers what it acknowledged, and misbehaves on demand. */
export class Receiver {
  /** The requests that were answered with 2xx. */
  readonly batches: ReceivedBatch[] = [];
  /** Those that arrived, and are not answered yet or never will be. */
  readonly unanswered = new Set<ReceivedBatch>();
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
  readonly #reach: Required<Reach>;

  private constructor(reach: Reach) {
    this.#reach = { create: createServer, scheme: 'http', host: '127.0.0.1', ...reach };
    this.#server = this.#make();
  }

  /** Starts one on a free port; it is closed when the test ends. */
  static async start(t: TestContext, reach: Reach = {}): Promise<Receiver> {
    const receiver = new Receiver(reach);
    await receiver.open();
    t.after(() => receiver.close());
    return receiver;
  }

  get url(): string {
    const { scheme, host } = this.#reach;
    return `${scheme}://${host === '0.0.0.0' ? 'host.docker.internal' : host}:${this.#port}/in`;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    this.#server = this.#make();
    await new Promise<void>((resolve, reject) =>
      this.#server.once('error', reject).listen(this.#port, this.#reach.host, resolve),
    );
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
    return messagesOf(this.batches);
  }

  /** The messages of all that arrived, acknowledged or not, with their repetitions. */
  get arrived(): string[] {
    return messagesOf([...this.batches, ...this.unanswered]);
  }

  /** Waits until so many different messages were acknowledged. @throws Error with what arrived so far, where they never are. */
  async got(count: number): Promise<void> {
    try {
      await until(`${count} different messages arrived`, () => new Set(this.messages).size >= count);
    } catch (error) {
      const { batches, messages, refusals, unanswered } = this;
      const kinds = `${new Set(messages).size} different ones of ${messages.length} messages in ${batches.length} batches`;
      throw new Error(`the receiver has ${kinds}, ${unanswered.size} unanswered, ${refusals.length} refused`, { cause: error });
    }
  }

  #make(): Server {
    return this.#reach.create((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('error', () => response.destroy());
      request.on('end', () => {
        const batch = request.method === 'POST' ? batchOf(request, Buffer.concat(parts)) : undefined;
        if (batch) this.unanswered.add(batch);
        setTimeout(() => this.#answer(request, response, batch), this.delay);
      });
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, batch: ReceivedBatch | undefined): void {
    if (response.destroyed) return;
    const behaviour = request.method === 'HEAD' ? 200 : this.behave(request);
    const acknowledged = typeof behaviour === 'number' && behaviour >= 200 && behaviour <= 299;
    if (!acknowledged) this.refusals.push(behaviour);
    if (behaviour === 'silence') return;
    if (batch) this.unanswered.delete(batch);
    if (behaviour === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (acknowledged && batch) this.batches.push(batch);
    response.writeHead(behaviour, this.answerHeaders).end();
  }
}

function batchOf({ headers }: IncomingMessage, body: Buffer): ReceivedBatch {
  const { 'idempotency-key': id, 'content-type': type } = headers;
  if (typeof id !== 'string' || type !== 'application/x-ndjson') throw new Error(`a batch ${id} of the type ${type}`);
  // invalid UTF-8 or JSON in a body is a defect of the sender: both throw here
  return { id, headers, records: recordsOf(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
}

/** Reads NDJSON. @throws SyntaxError or Error where a line is no record. */
export function recordsOf(text: string): ReceivedRecord[] {
  if (!text.endsWith('\n')) throw new Error('a body of NDJSON ends with a line end');
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const record = JSON.parse(line);
      const fieldsAreText = ['time', 'message', 'file', 'host'].every((field) => typeof record[field] === 'string');
      if (!fieldsAreText || Number.isNaN(Date.parse(record.time))) throw new Error(`not a record: ${line}`);
      return record;
    });
}

function messagesOf(batches: readonly ReceivedBatch[]): string[] {
  return batches.flatMap(({ records }) => records.map(({ message }) => message));
}
