import { Invalid, path } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import { innerName, type Option } from '#shared/config/table.ts';
import { options } from '../options.ts';
import type { OwnSettings } from './destination.ts';
import { type Receiver, receiverOf } from './scheme.ts';

type Key = keyof OwnSettings;

const everywhere = ['batchBytes', 'flush'] as const;
const ofTls = ['ca', 'cert', 'key'] as const;
const ofHttp = [...everywhere, 'inFlight', 'timeout', 'compress', 'token', 'user', 'password', 'headers', ...ofTls] as const;

/** Which settings each destination reads, in the order in which they are told. Batches of S3 are objects, which have their own size and time. */
const readBy: Readonly<Record<Receiver, readonly Key[]>> = {
  stdout: everywhere,
  file: everywhere,
  http: ofHttp,
  loki: [...ofHttp, 'tenant', 'lokiLabels'],
  elasticsearch: [...ofHttp, 'index'],
  syslog: [...everywhere, 'inFlight', 'timeout', ...ofTls, 'syslogFacility', 'syslogSeverity', 'syslogApp'],
  s3: [
    'inFlight',
    'timeout',
    'ca',
    'objectBytes',
    'objectWait',
    'awsEndpoint',
    'awsRegion',
    'awsProfile',
    's3PathStyle',
    's3StorageClass',
  ],
};

/** What is called in a URL of S3 as it is there for other programs. */
const named: Partial<Record<Key, string>> = {
  awsEndpoint: 'endpoint',
  awsRegion: 'region',
  awsProfile: 'profile',
  s3PathStyle: 'path-style',
  s3StorageClass: 'storage-class',
};

const table = options as unknown as Readonly<Record<Key, Option<unknown>>>;

/** What the URL of a destination says beside where it is. */
export interface Parameters {
  /** Where it is, without what is meant for the sidecar alone. */
  readonly url: URL;
  readonly given: Partial<OwnSettings>;
  /** Files that hold secrets, by the key of their setting. */
  readonly files: Partial<Record<Key, string>>;
  /** What is wrong: a sentence for each, which begins with the name of the parameter. */
  readonly problems: readonly string[];
}

/** Whether a destination reads a setting. */
export function reads(url: URL, key: Key): boolean {
  return readBy[receiverOf(url)].includes(key);
}

/** The name of a setting in the URL of a destination: `token-file` for a secret, as those are never in a URL themselves. */
export function parameterName(key: Key): string {
  return named[key] ?? `${innerName(key)}${table[key].kind.secret ? '-file' : ''}`;
}

/**
 * Takes the settings out of the URL of a destination: `?timeout=10s&token-file=/run/secrets/token`. For `http` and `https` they stand behind
 * a `#`, as what stands behind the question mark belongs to the receiver.
 */
export function parametersOf(to: URL): Parameters {
  const url = new URL(to);
  const receiver = receiverOf(to);
  const text = receiver === 'http' ? url.hash.slice(1) : url.search.slice(1);
  url.hash = '';
  if (receiver !== 'http') url.search = '';

  const keys = new Map(readBy[receiver].map((key) => [parameterName(key), key]));
  const given: Partial<Record<Key, unknown>> = {};
  const files: Partial<Record<Key, string>> = {};
  const problems: string[] = [];
  for (const [name, value] of new URLSearchParams(text)) {
    const key = keys.get(name);
    if (key === undefined) problems.push(unknown(name, [...keys.keys()]));
    else if (key in given || key in files) problems.push(`${name} is given twice; keep one of them`);
    else {
      const { kind } = table[key];
      try {
        if (value === '') throw new Invalid(`has no value; write ${name}=…, or leave it out`);
        if (kind.secret) files[key] = path.parse(value);
        else given[key] = kind.parse(value);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        problems.push(`${value === '' ? name : `${name}=${value}`} ${error.message}`);
      }
    }
  }
  // with a profile come its own keys
  if ('awsProfile' in given)
    Object.assign(given, { awsAccessKeyId: undefined, awsSecretAccessKey: undefined, awsSessionToken: undefined });
  return { url, given: given as Partial<OwnSettings>, files, problems };
}

function unknown(name: string, known: readonly string[]): string {
  const file = `${name}-file`;
  if (known.includes(file)) return `${name} is a secret, which has no place in a URL; write it to a file, and ${file}=PATH`;
  const near = nearest(name, known);
  return `${name} is no setting of it${near ? `; did you mean ${near}?` : ''}; known are ${known.join(', ')}`;
}
