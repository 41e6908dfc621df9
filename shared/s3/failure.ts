import { codeOf, messageOf } from '#shared/exit.ts';

/** What went wrong, as far as somebody acts on it. */
export type S3Failure = 'missing' | 'exists' | 'denied' | 'locked' | 'full' | 'unreachable' | 'other';

/** A bucket that does not do what it was asked. The message names it and the object, and says what to do next. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly failure: S3Failure;

  constructor(failure: S3Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** What an error of the SDK means to us. */
export interface Reading {
  readonly failure: S3Failure;
  /** Whether the same request may succeed later: `always`, or only at a `second` attempt, for what a third one will not mend. */
  readonly again: 'always' | 'second' | 'never';
  /** What the server answered, or why it did not. */
  readonly text: string;
  /** What to do next; empty where nobody knows. */
  readonly advice: string;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  /** The code of S3, such as `NoSuchKey`, or of the system, such as `ECONNRESET`. */
  readonly code: string;
}

/** The parts of an error of the SDK that we look at: what it is made of differs from service, transport and credentials. */
interface SdkError {
  readonly name?: string;
  readonly Code?: string;
  readonly Region?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/** Errors of the network and of name servers that pass. */
const network = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_EOF_STATE'],
]);

const credentials =
  'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or where else the credentials come from, and what they are permitted';

/** What codes of S3 mean, and what then helps. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
const codes: Readonly<Record<string, Partial<Reading>>> = {
  NoSuchKey: { failure: 'missing' },
  NoSuchVersion: { failure: 'missing' },
  NotFound: { failure: 'missing' },
  NoSuchBucket: { failure: 'other', advice: 'make the bucket, or correct its name in the URL' },
  NoSuchUpload: { failure: 'other', advice: 'somebody else ended the upload, such as a lifecycle rule of the bucket' },
  PreconditionFailed: { failure: 'exists' },
  ConditionalRequestConflict: { failure: 'exists', again: 'always' },
  OperationAborted: { again: 'always' },
  RequestTimeout: { failure: 'unreachable', again: 'always' },
  // the SDK sets its clock by the answer
  RequestTimeTooSkewed: { failure: 'denied', again: 'second', advice: 'set the clock of this machine' },
  BadDigest: { again: 'second', advice: 'something on the way changes what is sent' },
  XAmzContentChecksumMismatch: { again: 'second', advice: 'something on the way changes what is sent' },
  XAmzContentSHA256Mismatch: { again: 'second', advice: 'something on the way changes what is sent' },
  ExpiredToken: {
    failure: 'denied',
    advice: 'the session token has expired: give a new AWS_SESSION_TOKEN with its keys, or a role',
  },
  TokenRefreshRequired: {
    failure: 'denied',
    advice: 'the session token has expired: give a new AWS_SESSION_TOKEN with its keys',
  },
  InvalidToken: { failure: 'denied', advice: 'AWS_SESSION_TOKEN does not belong to AWS_ACCESS_KEY_ID' },
  InvalidAccessKeyId: { failure: 'denied', advice: 'the server does not know the key in AWS_ACCESS_KEY_ID' },
  SignatureDoesNotMatch: { failure: 'denied', advice: 'AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID' },
  CredentialsProviderError: {
    failure: 'denied',
    advice: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or another source of credentials',
  },
  InvalidObjectState: { failure: 'other', advice: 'the object is archived: have the bucket restore it first' },
  ObjectLockConfigurationNotFoundError: { failure: 'other', advice: 'an object lock needs a bucket that was made with one' },
  QuotaExceeded: { failure: 'full' },
  InsufficientStorage: { failure: 'full' },
  XMinioStorageFull: { failure: 'full' },
  XMinioAdminBucketQuotaExceeded: { failure: 'full' },
  TimeoutError: { failure: 'unreachable', again: 'always' },
  AbortError: { failure: 'other', again: 'never' },
};

/** Reads an error of the SDK, of the network, or of where credentials come from. */
export function readFailure(error: unknown): Reading {
  const { name = '', Code, Region, $metadata, $response } = (error instanceof Error ? error : {}) as SdkError;
  const status = $metadata?.httpStatusCode ?? $response?.statusCode ?? 0;
  const system = codeOf(error);
  const known = [Code, name].find((code) => code !== undefined && code in codes);
  const code = known ?? Code ?? (system === undefined || status > 0 ? name : system);
  const said = messageOf(error).trim();
  const facts = { text: `${textOf(code, said)}${status > 0 ? ` (status ${status})` : ''}`, status, code };
  const region = Region ?? $response?.headers?.['x-amz-bucket-region'];
  // every server says this with the code that it has for missing permissions, and AWS adds the reason where it may be known
  const locked: Partial<Reading> =
    status === 403 && /object lock|\bWORM\b|retention/i.test(said)
      ? { failure: 'locked', advice: 'an object lock holds it' }
      : {};
  return { ...facts, ...byStatus(status, region), ...byTransport(error, status, system), ...(codes[code] ?? {}), ...locked };
}

function textOf(code: string, said: string): string {
  // what the SDK says of an answer that has a code and no message
  if (said === '' || said === 'UnknownError') return code || 'an answer without a reason';
  return code === '' || code === 'Error' || code === said ? said : `${code}: ${said}`;
}

/** What a status says where its code says nothing. */
function byStatus(status: number, region: string | undefined): Pick<Reading, 'failure' | 'again' | 'advice'> {
  if (status === 301 || status === 307 || (status === 400 && region !== undefined)) {
    const advice =
      region === undefined
        ? 'check AWS_REGION and AWS_ENDPOINT_URL_S3'
        : `the bucket is in another region: set AWS_REGION=${region}`;
    return { failure: 'other', again: 'never', advice };
  }
  if (status === 401 || status === 403) return { failure: 'denied', again: 'never', advice: credentials };
  if (status === 404) return { failure: 'missing', again: 'never', advice: '' };
  if (status === 412) return { failure: 'exists', again: 'never', advice: '' };
  if (status === 408 || status === 429) return { failure: 'unreachable', again: 'always', advice: '' };
  if (status === 507) return { failure: 'full', again: 'never', advice: '' };
  if (status >= 500 && status !== 501 && status !== 505) return { failure: 'unreachable', again: 'always', advice: '' };
  return { failure: 'other', again: 'never', advice: '' };
}

/** What an error says that is no answer of S3. */
function byTransport(error: unknown, status: number, system: string | undefined): Partial<Reading> {
  if (status >= 300 || system === undefined) {
    // an answer that ended in the middle of its XML
    return status >= 200 && status < 300 ? { failure: 'unreachable', again: 'always' } : {};
  }
  if (network.has(system))
    return { failure: 'unreachable', again: 'always', advice: 'check AWS_ENDPOINT_URL_S3 and the network' };
  if (/CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO/.test(system))
    return {
      failure: 'unreachable',
      advice: 'check the URL of the server, and give its certificate authority where it has one of its own',
    };
  return error instanceof AggregateError ? { failure: 'unreachable', again: 'always' } : {};
}

/** What a request gives, or undefined where it fails in this one way. */
export async function unless<T>(failure: S3Failure, request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof S3Error && error.failure === failure) return undefined;
    throw error;
  }
}
