import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { atEnd } from './at-end.ts';

/** What a request asks of S3. */
export type S3Operation =
  | 'begin'
  | 'part'
  | 'complete'
  | 'give up'
  | 'uploads'
  | 'put'
  | 'get'
  | 'head'
  | 'remove'
  | 'list'
  | 'other';

/** One request on its way through the proxy. */
export interface Exchange {
  readonly operation: S3Operation;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Reads the body of the request to its end. */
  readonly body: () => Promise<Buffer>;
  /** Hands the request to the server and gives its answer, which is not sent on yet. */
  readonly forward: () => Promise<{ readonly answer: IncomingMessage; readonly body: Buffer }>;
  /** Breaks the connection to the client off. */
  readonly reset: () => void;
}

/** What happens to a request in place of its being handed on. */
export type Fault = (exchange: Exchange) => Promise<void>;

/** Answers with an error in place of the server, which hears nothing of it. */
export const answers =
  (status: number, code: string, message = 'made by a test'): Fault =>
  async ({ response, body }) => {
    await body();
    response.writeHead(status, { 'content-type': 'application/xml' }).end(errorXml(code, message));
  };

/** Takes the request, and never answers. */
export const hangs: Fault = async ({ body }) => void (await body());

/** Breaks off after so many bytes of the body of the request. */
export const resetsAfter =
  (bytes: number): Fault =>
  async ({ request, reset }) => {
    let seen = 0;
    for await (const chunk of request) {
      seen += chunk.length;
      if (seen >= bytes) break;
    }
    reset();
  };

/** Lets the server do it, and breaks off in place of its answer. */
export const swallowsAnswer: Fault = async ({ forward, reset }) => {
  await forward();
  reset();
};

/** Says 200, and an error in the body of the answer, as S3 does where a request takes long; the server hears nothing of it. */
export const answersOkWithError =
  (code: string): Fault =>
  async ({ response, body }) => {
    await body();
    response.writeHead(200, { 'content-type': 'application/xml' }).end(errorXml(code, 'made by a test'));
  };

/** Sends so much of the body of the answer, and breaks off. */
export const breaksAnswerAfter =
  (bytes: number): Fault =>
  async ({ forward, response, reset }) => {
    const { answer, body } = await forward();
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    await new Promise<void>((resolve) => response.write(body.subarray(0, bytes), () => resolve()));
    // so that the client has read it
    await pause(50);
    reset();
  };

/** Sends so much of the body of the answer, and then nothing more. */
export const stallsAnswerAfter =
  (bytes: number): Fault =>
  async ({ forward, response }) => {
    const { answer, body } = await forward();
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    response.write(body.subarray(0, bytes));
  };

/** Takes a part or the completion of an upload in place of the server, and keeps nothing. */
export const takesPart: Fault = async ({ request, response }) => {
  for await (const _ of request);
  const etag = '"00000000000000000000000000000000"';
  response
    .writeHead(200, { etag })
    .end(request.method === 'POST' ? `<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>` : '');
};

function errorXml(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** A certificate and its key, in the PEM form. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** A fault for the requests of one operation. */
interface Rule {
  readonly operation: S3Operation;
  readonly fault: Fault;
  /** Whether it still goes on. */
  readonly lasts: () => boolean;
}

/** Stands between a client and a server of S3, and does to single requests what networks and servers do. */
export class S3Faults {
  /** What came, in order. */
  readonly seen: { readonly operation: S3Operation; readonly headers: IncomingHttpHeaders }[] = [];
  readonly #upstream: URL;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  #rules: Rule[] = [];

  readonly #scheme: 'http' | 'https';

  private constructor(upstream: string, tls: Tls | undefined) {
    this.#upstream = new URL(upstream);
    const take = (request: IncomingMessage, response: ServerResponse) =>
      void this.#take(request, response).catch(() => response.destroy());
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(take) : createTlsServer(tls, take);
  }

  /** @param upstream the URL of the server. @param tls makes it speak HTTPS to its clients. The proxy ends with the test. */
  static async start(t: TestContext, upstream: string, tls?: Tls): Promise<S3Faults> {
    const faults = new S3Faults(upstream, tls);
    await new Promise<void>((resolve) => faults.#server.listen(0, '127.0.0.1', resolve));
    atEnd(t, () => faults.#close());
    return faults;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Does this to the next so many requests of an operation. */
  next(operation: S3Operation, fault: Fault, times = 1): void {
    let left = times;
    this.#rules.push({ operation, fault, lasts: () => left-- > 0 });
  }

  /** Does this to each request of an operation, until so many milliseconds after the first of them. */
  during(ms: number, operation: S3Operation, fault: Fault): void {
    let end: number | undefined;
    const lasts = () => {
      end ??= Date.now() + ms;
      return Date.now() < end;
    };
    this.#rules.push({ operation, fault, lasts });
  }

  /** How many requests of an operation came. */
  count(operation: S3Operation): number {
    return this.seen.filter((one) => one.operation === operation).length;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request);
    this.seen.push({ operation, headers: request.headers });
    // a client that went away is no failure of the proxy
    request.on('error', () => {});
    response.on('error', () => {});
    const rule = this.#rules.find((one) => one.operation === operation && one.lasts());
    if (rule === undefined) {
      this.#pass(request, response);
      return;
    }
    const body = async () => Buffer.concat(await Array.fromAsync(request));
    const forward = async () => this.#ask(request, await body());
    await rule.fault({ operation, request, response, body, forward, reset: () => request.socket.resetAndDestroy() });
  }

  #pass(request: IncomingMessage, response: ServerResponse): void {
    const upward = this.#request(request, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    upward.on('error', () => response.destroy());
    response.on('close', () => upward.destroy());
    request.pipe(upward);
  }

  #ask(request: IncomingMessage, body: Buffer): Promise<{ answer: IncomingMessage; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const upward = this.#request(request, (answer) => {
        Array.fromAsync(answer).then((chunks) => resolve({ answer, body: Buffer.concat(chunks) }), reject);
      });
      upward.on('error', reject).end(body);
    });
  }

  /** The header fields stay as they are: the signature is made over the name of the host, too. */
  #request({ method, url, headers }: IncomingMessage, answered: (answer: IncomingMessage) => void) {
    const { hostname, port } = this.#upstream;
    return httpRequest({ hostname, port, method, path: url, headers, agent: this.#agent }, answered);
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }
}

function operationOf({ method, url = '' }: IncomingMessage): S3Operation {
  const { pathname, searchParams: query } = new URL(url, 'http://s3');
  const ofObject = /^\/[^/]+\/./.test(pathname);
  if (!ofObject) return query.has('uploads') ? 'uploads' : method === 'GET' ? 'list' : 'other';
  if (method === 'POST') return query.has('uploads') ? 'begin' : query.has('uploadId') ? 'complete' : 'other';
  if (method === 'PUT') return query.has('partNumber') ? 'part' : 'put';
  if (method === 'DELETE') return query.has('uploadId') ? 'give up' : 'remove';
  if (method === 'GET') return 'get';
  return method === 'HEAD' ? 'head' : 'other';
}
