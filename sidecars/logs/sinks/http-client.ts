import type { Dispatcher, Pool } from 'undici';
import { messageOf } from '#shared/exit.ts';
import type { Destination } from '../destinations/destination.ts';
import { retryAfterOf } from './answer.ts';
import { type Compression, compressionOf } from './compression.ts';
import { SinkError } from './sink.ts';
import type { TlsFiles } from './tls-files.ts';

/** The settings that every sink over HTTP reads. */
export type HttpSettings = Pick<
  Destination,
  'url' | 'token' | 'user' | 'password' | 'headers' | 'ca' | 'cert' | 'key' | 'compress' | 'timeout' | 'inFlight'
>;

/** A request without what all requests to the destination have. */
export interface HttpRequest {
  readonly method: 'POST' | 'HEAD';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is before compression. Its memory may be used again once the request was answered. */
  readonly body?: Buffer;
  /** About how many bytes of the answer are of use; some 4 KiB where nothing is said. */
  readonly keep?: number;
}

/** What a destination answers. */
export interface HttpAnswer {
  readonly status: number;
  /** Milliseconds that it asks to wait, or 0. */
  readonly retryAfter: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** What an exchange has to keep to. */
interface Limits {
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of the answer. */
  readonly keep: number;
  readonly signal: AbortSignal | undefined;
}

/** Milliseconds that a connection may take to be made. */
const connectTimeout = 10_000;

/** The way to one destination over HTTP/1.1: connections that are kept, TLS as its files say now, authentication, compression, and a limit on the time of an answer. */
export class HttpClient {
  /** For messages: the destination without secrets and query. */
  readonly name: string;
  readonly #origin: string;
  readonly #settings: HttpSettings;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #compression: Compression;
  readonly #tls: TlsFiles | undefined;
  readonly #Pool: typeof Pool;
  #pool: Pool;

  private constructor(
    settings: HttpSettings,
    url: URL,
    library: typeof Pool,
    compression: Compression,
    tls: TlsFiles | undefined,
  ) {
    this.name = `${url.origin}${url.pathname}`;
    this.#origin = url.origin;
    this.#settings = settings;
    this.#headers = { ...authorization(settings), ...settings.headers };
    this.#compression = compression;
    this.#tls = tls;
    this.#Pool = library;
    this.#pool = this.#open();
  }

  /** @param url where to, in http: or https:. @throws Exit where a file of TLS cannot be used. */
  static async open(settings: HttpSettings, url: URL): Promise<HttpClient> {
    const { ca, cert, key, compress } = settings;
    const ownFiles = url.protocol === 'https:' && (ca ?? cert ?? key) !== undefined;
    // both are loaded only by who uses them
    const tls = ownFiles ? new (await import('./tls-files.ts')).TlsFiles(settings) : undefined;
    const { Pool: library } = await import('./pool.ts');
    return new HttpClient(settings, url, library, await compressionOf(compress), tls);
  }

  /** What is wrong with files of TLS that changed. */
  get trouble(): string | undefined {
    return this.#tls?.trouble;
  }

  /** Sends a request. @throws SinkError where there is no answer, or not all of one. */
  async request({ method, path, headers, body, keep = 4096 }: HttpRequest, signal?: AbortSignal): Promise<HttpAnswer> {
    const { coding, compress } = this.#compression;
    const encoded = body === undefined ? undefined : await compress(body);
    const encoding = coding === undefined || body === undefined ? {} : { 'content-encoding': coding };
    try {
      return await exchange(
        this.#renewed(),
        { method, path, headers: { ...headers, ...encoding, ...this.#headers }, body: encoded ?? null },
        { timeout: this.#settings.timeout, keep, signal },
      );
    } catch (error) {
      throw new SinkError(`${this.name} cannot be reached: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** The connections, new ones where files of TLS changed; the old ones end when what is under way on them is answered. */
  #renewed(): Pool {
    if (this.#tls?.changed()) {
      void this.#pool.close();
      this.#pool = this.#open();
    }
    return this.#pool;
  }

  #open(): Pool {
    const { inFlight, timeout } = this.#settings;
    const tls = this.#tls === undefined ? {} : { secureContext: this.#tls.context };
    return new this.#Pool(this.#origin, {
      connections: inFlight,
      pipelining: 1,
      allowH2: false,
      // one timer of ours covers all of an exchange
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: Math.min(timeout, connectTimeout), ...tls },
    });
  }
}

/** One request and its answer, in the form of undici that costs least: 30 µs less of 100 than `request`, which makes a stream of each answer. */
function exchange(pool: Pool, request: Dispatcher.DispatchOptions, limits: Limits): Promise<HttpAnswer> {
  const { timeout, keep, signal } = limits;
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  let controller: Dispatcher.DispatchController | undefined;
  let givenUp: Error | undefined;
  const giveUp = (reason: Error) => {
    givenUp ??= reason;
    controller?.abort(givenUp);
    reject(givenUp);
  };
  const stop = () => giveUp(new Error('it was given up'));
  const timer = setTimeout(() => giveUp(new Error(`no answer within ${timeout / 1000} s, which is LOGS_TIMEOUT`)), timeout);
  signal?.addEventListener('abort', stop);
  const parts: Buffer[] = [];
  let kept = 0;
  let status = 0;
  let retryAfter = 0;
  pool.dispatch(request, {
    onRequestStart: (started) => {
      controller = started;
      // it waited for a connection for so long that nobody waits for it: its body is somebody else's by now
      if (givenUp) started.abort(givenUp);
    },
    onResponseStart: (_, code, headers) => {
      status = code;
      retryAfter = retryAfterOf(headers['retry-after']);
    },
    onResponseData: (_, part) => {
      if (kept < keep) parts.push(part);
      kept += part.length;
    },
    onResponseEnd: () => resolve({ status, retryAfter, text: Buffer.concat(parts).toString() }),
    onResponseError: (_, error) => reject(error),
  });
  if (signal?.aborted) stop();
  const done = () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  };
  promise.then(done, done);
  return promise;
}

function authorization({ token, user, password }: HttpSettings): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}
