import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { codeOf } from '#shared/exit.ts';
import type { Lifetime } from './at-end.ts';
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

/** What a receiver does with a request: answers with that status, breaks the connection, never answers, or takes it and breaks the connection instead of an answer. */
export type Behaviour = number | 'reset' | 'silence' | 'taken, then reset';

/** What a receiver speaks. */
export interface Protocol {
  /** What stands before `http:` in the URL. */
  readonly prefix: string;
  readonly path: string;
  /** Reads a body, which is not compressed any more. @throws Error where it is not as the protocol says: that is a defect of the sender. */
  readonly read: (request: IncomingMessage, body: Buffer) => ReceivedBatch;
  /** Answers a batch that the receiver does not refuse as a whole. What is kept of it is acknowledged. */
  readonly take: (batch: ReceivedBatch) => {
    /** 200 where there is nothing to say against it. */
    readonly status: number;
    readonly body: string;
    readonly kept: readonly ReceivedRecord[];
  };
}

/** How a receiver is reached. */
export interface Reach {
  /** Makes the server of a request handler; one of http by default. */
  readonly create?: (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server;
  readonly scheme?: 'http' | 'https';
  /** `0.0.0.0` for containers that run with the flags `reachHost`; the loopback by default. */
  readonly host?: '127.0.0.1' | '0.0.0.0';
  /** NDJSON where it is not given. */
  readonly protocol?: Protocol;
}

/** A real HTTP server that takes NDJSON, or what it is told to speak, remembers what it acknowledged, and misbehaves on demand. */
export class Receiver {
  /** The requests that were answered with 2xx. */
  readonly batches: ReceivedBatch[] = [];
  /** Those that arrived, and are not answered yet or never will be. */
  readonly unanswered = new Set<ReceivedBatch>();
  /** Status of each answer that was not 2xx, and each broken connection, in order. */
  readonly refusals: Behaviour[] = [];
  /** Decides about each request, by what came in it; 200 unless it is changed. */
  behave: (request: IncomingMessage, batch?: ReceivedBatch) => Behaviour = () => 200;
  /** More header fields of each answer. */
  answerHeaders: Record<string, string> = {};
  /** Milliseconds before each answer. */
  delay = 0;
  #server: Server;
  #port = 0;
  readonly #reach: Required<Reach>;

  private constructor(reach: Reach) {
    this.#reach = { create: createServer, scheme: 'http', host: '127.0.0.1', protocol: ndjson, ...reach };
    this.#server = this.#make();
  }

  /** Starts one on a free port; it is closed when the test ends. */
  static async start(t: Lifetime, reach: Reach = {}): Promise<Receiver> {
    const receiver = new Receiver(reach);
    await receiver.open();
    t.after(() => receiver.close());
    return receiver;
  }

  get url(): string {
    const { scheme, host, protocol } = this.#reach;
    return `${protocol.prefix}${scheme}://${host === '0.0.0.0' ? 'host.docker.internal' : host}:${this.#port}${protocol.path}`;
  }

  /** Listens, on the same port as before. */
  async open(): Promise<void> {
    // while it was away, the kernel may have lent its port to a connection of somebody else
    await until('its port is free', async () => {
      this.#server = this.#make();
      return new Promise<boolean>((resolve, reject) =>
        this.#server
          .once('error', (error) => (codeOf(error) === 'EADDRINUSE' && this.#port !== 0 ? resolve(false) : reject(error)))
          .listen(this.#port, this.#reach.host, () => resolve(true)),
      );
    });
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
        const batch = request.method === 'POST' ? this.#reach.protocol.read(request, decoded(request, parts)) : undefined;
        if (batch) this.unanswered.add(batch);
        setTimeout(() => this.#answer(request, response, batch), this.delay);
      });
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, batch: ReceivedBatch | undefined): void {
    if (response.destroyed) return;
    const behaviour = request.method === 'HEAD' ? 200 : this.behave(request, batch);
    const acknowledged = typeof behaviour === 'number' && behaviour >= 200 && behaviour <= 299;
    if (!acknowledged) this.refusals.push(behaviour);
    if (behaviour === 'silence') return;
    if (batch) this.unanswered.delete(batch);
    const taken = batch && (acknowledged || behaviour === 'taken, then reset') ? this.#take(batch) : undefined;
    if (typeof behaviour === 'string') request.socket.resetAndDestroy();
    else
      response.writeHead(taken?.status === 200 ? behaviour : (taken?.status ?? behaviour), this.answerHeaders).end(taken?.body);
  }

  #take(batch: ReceivedBatch): ReturnType<Protocol['take']> {
    const taken = this.#reach.protocol.take(batch);
    if (taken.kept.length > 0) this.batches.push({ ...batch, records: taken.kept });
    return taken;
  }
}

/** The body of a request, as it was before it was compressed. @throws Error where it cannot be. */
function decoded({ headers }: IncomingMessage, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const coding = headers['content-encoding'];
  if (coding === undefined) return body;
  if (coding === 'gzip') return gunzipSync(body);
  if (coding === 'zstd') return zstdDecompressSync(body);
  throw new Error(`a body in the coding ${coding}`);
}

/** NDJSON: any batch is taken as a whole. */
const ndjson: Protocol = {
  prefix: '',
  path: '/in',
  read: batchOf,
  take: ({ records }) => ({ status: 200, body: '', kept: records }),
};

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
