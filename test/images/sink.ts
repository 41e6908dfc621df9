import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#harness/until.ts';

/** One batch that arrived. */
export interface Batch {
  readonly key: string;
  readonly messages: readonly string[];
  /** Whether the sender was told that it arrived. */
  readonly answered: boolean;
}

/**
 * A real HTTP server that takes NDJSON by POST, and that can be slow, silent, or away for a while. Unlike a Receiver it is
 * reached from containers, and it counts a batch as soon as that arrives, whether or not the sender ever hears of it.
 */
export class Sink {
  /** All batches in the order of their arrival. */
  readonly batches: Batch[] = [];
  /** What was wrong with a request; empty where the sender keeps the contract. */
  readonly problems: string[] = [];
  /** Milliseconds before a batch is answered; Infinity for never. */
  delay = 0;
  #server: Server | undefined;
  #port = 0;

  /** Opens a sink that closes with the test. */
  static async open(test: { after(fn: () => Promise<void>): void }): Promise<Sink> {
    const sink = new Sink();
    await sink.start();
    test.after(() => sink.stop());
    return sink;
  }

  /** Where containers run with the flags `reachHost` find it. */
  get url(): string {
    return `http://host.docker.internal:${this.#port}/logs`;
  }

  /** Every line that arrived, in order, with its repetitions. */
  get messages(): string[] {
    return this.batches.flatMap(({ messages }) => messages);
  }

  /** Listens, again on the same port. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#take(request, response));
    server.listen(this.#port, '0.0.0.0');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Goes away as a server that crashes does: open connections are cut, and nobody listens any more. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Waits until something holds. @throws Error with what arrived so far, where it never does. */
  async until(holds: (sink: Sink) => boolean): Promise<void> {
    try {
      await until(String(holds), () => holds(this), 90_000);
    } catch (error) {
      const { messages, batches, problems } = this;
      const different = new Set(messages).size;
      const state = `${messages.length} lines, ${different} of them different, in ${batches.length} batches; ${problems.join(', ')}`;
      throw new Error(`the sink has ${state}`, { cause: error });
    }
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      let body = '';
      for await (const text of request.setEncoding('utf8')) body += text;
      const batch = this.#read(request, body);
      const index = this.batches.push(batch) - 1;
      if (this.delay === Number.POSITIVE_INFINITY) return;
      if (this.delay > 0) await sleep(this.delay);
      if (response.destroyed) return;
      response.end();
      this.batches[index] = { ...batch, answered: true };
    } catch (error) {
      // a connection that was cut within a request is no fault of the sender
      if (!request.complete) return;
      this.problems.push(String(error));
      response.writeHead(400).end();
    }
  }

  #read({ method, headers }: IncomingMessage, body: string): Batch {
    const key = headers['idempotency-key'];
    if (method !== 'POST' || headers['content-type'] !== 'application/x-ndjson') {
      throw new Error(`${method} with the content type ${headers['content-type']}`);
    }
    if (typeof key !== 'string') throw new Error('no Idempotency-Key');
    if (!body.endsWith('\n')) throw new Error('the body does not end in a newline');
    return { key, messages: parseRecords(body).map(({ message }) => message), answered: false };
  }
}

/** One record as it is shipped. */
export interface LogRecord {
  readonly time: string;
  readonly message: string;
  readonly file: string;
  readonly host: string;
}

/** Reads NDJSON records. @throws SyntaxError or Error where a line is no record. */
export function parseRecords(text: string): LogRecord[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const record = JSON.parse(line);
      const fieldsAreText = ['time', 'message', 'file', 'host'].every((field) => typeof record[field] === 'string');
      if (!fieldsAreText || Number.isNaN(Date.parse(record.time))) throw new Error(`not a record: ${line}`);
      return record;
    });
}
