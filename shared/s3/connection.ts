import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { retry } from '#shared/retry.ts';
import { type Reading, readFailure, S3Error, type S3Failure } from './failure.ts';
import type { S3Options } from './options.ts';

/** What the SDK is told for one attempt. */
export interface AttemptOptions {
  readonly abortSignal: AbortSignal;
  readonly requestTimeout: number;
}

/** One request, however often it is tried. */
export interface Request {
  /** What it is for, as the message of an error says it: `write db1/x.json`. */
  readonly what: string;
  /** How many bytes it carries. */
  readonly bytes?: number;
  /** Ends it, also while it waits for its next attempt. */
  readonly signal?: AbortSignal | undefined;
  /** For how long it is tried, in ms, where that is shorter than usual. */
  readonly patience?: number;
  /** Whether it changes nothing: it is then not waited for any more as soon as somebody is to stop. */
  readonly reads?: boolean;
  /** What to do next where the server refuses it and nobody knows better. */
  readonly advice?: string | undefined;
}

/** The commands of S3 that we use. */
export type Sdk = typeof import('./sdk.ts');

/** How long whoever is to stop has for what is on its way and for taking back what was begun, in ms. */
export const farewell = 2500;

/** Nobody is slower than this for long, in bytes a second: what a request may take grows by its size. */
const slowest = 32 * 1024;

/**
 * A server of S3, with our time-outs and our way of trying again in place of the SDK's: by the clock and not by the number of attempts, and so
 * that it can be ended.
 */
export class S3Connection {
  /** As a person knows it: `s3://bucket/prefix`. */
  readonly name: string;
  readonly client: S3Client;
  readonly sdk: Sdk;
  /** Whether requests carry a checksum of their own, which then also goes into the parts of an upload. */
  readonly checksums: boolean;
  readonly #timeout: number;
  /** For how long something is tried again, in ms. */
  readonly patience: number;
  readonly #onRetry: NonNullable<S3Options['onRetry']>;
  readonly #never = new AbortController().signal;
  /** Whoever listens to it is to stop. */
  readonly stopping: AbortSignal;
  /** Aborts a moment after that. */
  readonly #stopped = new AbortController();

  private constructor(name: string, sdk: Sdk, client: S3Client, checksums: boolean, options: S3Options) {
    this.name = name;
    this.sdk = sdk;
    this.client = client;
    this.checksums = checksums;
    this.#timeout = options.timeout ?? 60_000;
    this.patience = options.patience ?? 300_000;
    this.#onRetry = options.onRetry ?? (() => {});
    this.stopping = options.stopping ?? this.#never;
    const late = () => void setTimeout(() => this.#stopped.abort(), farewell).unref();
    if (!this.stopping.aborted) this.stopping.addEventListener('abort', late, { once: true });
  }

  /** Loads the SDK and makes a client; nothing is sent yet. @throws S3Error where the options or the shared files of AWS cannot be used. */
  static async open(name: string, options: S3Options): Promise<S3Connection> {
    const sdk = await import('./sdk.ts');
    try {
      const first = new sdk.S3Client(configurationOf(options));
      const region = await first.config.region().catch(() => undefined);
      const client = region === undefined ? new sdk.S3Client({ ...configurationOf(options), region: 'us-east-1' }) : first;
      signChecksumAlone(client);
      const checksums = (await client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
      return new S3Connection(name, sdk, client, checksums, options);
    } catch (error) {
      const { text, advice } = readFailure(error);
      throw new S3Error('other', messageFor(name, 'be opened', text, advice), { cause: error });
    }
  }

  /**
   * Sends a request until it succeeds, fails in a way that no further attempt mends, or the patience is over.
   * @param attempt sends it once; it gets its number, from 1.
   * @throws S3Error
   */
  async send<T>(request: Request, attempt: (options: AttemptOptions, n: number) => Promise<T>): Promise<T> {
    const { what, bytes = 0, signal, reads = false } = request;
    const already = this.stopping.aborted;
    const patience = Math.min(request.patience ?? this.patience, already ? farewell : Number.POSITIVE_INFINITY);
    // what is begun by who is to stop takes something back, and is not disturbed
    const ends = already ? signal : AbortSignal.any([this.stopping, ...(signal === undefined ? [] : [signal])]);
    const breaksOff =
      already || reads ? ends : AbortSignal.any([this.#stopped.signal, ...(signal === undefined ? [] : [signal])]);
    const end = Date.now() + patience;
    const requestTimeout = this.#timeout + (bytes / slowest) * 1000;
    // whoever has less patience than usual does not wait for one answer either
    const options = {
      abortSignal: breaksOff ?? this.#never,
      requestTimeout: patience < this.patience ? Math.min(patience, requestTimeout) : requestTimeout,
    };
    let attempts = 0;
    try {
      return await retry(
        (n) => {
          attempts = n;
          return attempt(options, n);
        },
        {
          backoff: { base: 200, cap: 10_000 },
          ...(ends === undefined ? {} : { signal: ends }),
          retryable: (error) => (error instanceof S3Error ? false : mayRepeat(readFailure(error), attempts) && Date.now() < end),
          onRetry: (error, wait) => this.tellRetry(what, readFailure(error).text, wait),
        },
      );
    } catch (error) {
      if (error instanceof S3Error) throw error;
      const { failure, text, advice } = readFailure(error);
      const next = advice === '' && failure === 'other' ? request.advice : advice;
      throw this.error(failure, what, `${text}${attempts > 1 ? ` after ${attempts} attempts` : ''}`, next, error);
    }
  }

  /** An error that tells of a request that failed. */
  error(failure: S3Failure, what: string, text: string, advice = '', cause?: unknown): S3Error {
    return new S3Error(failure, messageFor(this.name, what, text, advice), { cause });
  }

  /** Tells whoever wants to hear it that an attempt failed and is followed by another one. */
  tellRetry(what: string, text: string, waitMs: number): void {
    this.#onRetry(messageFor(this.name, what, text), waitMs);
  }

  close(): void {
    this.client.destroy();
  }
}

/** The parts of a request of the SDK that we look at. */
interface SdkRequest {
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

/**
 * The SDK signs the SHA-256 of each body, which costs more than all the rest of sending it. Where the checksum of a body stands in a signed header
 * field already, that is left out, as S3 allows it.
 */
function signChecksumAlone({ middlewareStack }: S3Client): void {
  middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as SdkRequest;
      if (headers['x-amz-checksum-crc32'] !== undefined && body instanceof Uint8Array && body.length > 65_536)
        headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'signChecksumAlone' },
  );
}

function messageFor(name: string, what: string, text: string, advice = ''): string {
  return `${name} cannot ${what}: ${text}${advice === '' ? '' : `; ${advice}`}`;
}

function mayRepeat({ again }: Reading, attempts: number): boolean {
  return again === 'always' || (again === 'second' && attempts === 1);
}

function configurationOf(options: S3Options): S3ClientConfig {
  const { endpoint, region, profile, accessKeyId, secretAccessKey, sessionToken, ca, checksums } = options;
  const timeout = options.timeout ?? 60_000;
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...credentials,
    forcePathStyle: options.pathStyle ?? endpoint !== undefined,
    followRegionRedirects: true,
    ...(checksums === undefined ? {} : { requestChecksumCalculation: checksums ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED' }),
    // what is read is compared with the checksum of whoever wrote it, which says more
    responseChecksumValidation: 'WHEN_REQUIRED',
    // it would make a connection of its own for each part
    expectContinueHeader: false,
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: Math.min(timeout, 10_000),
      socketTimeout: timeout,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true },
      httpsAgent: { keepAlive: true, ...(ca === undefined ? {} : { ca }) },
    },
  };
}
