import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import { S3Connection } from '#shared/s3/connection.ts';
import { readFailure, S3Error } from '#shared/s3/failure.ts';
import type { S3Options } from '#shared/s3/options.ts';
import { s3Place } from '#shared/s3/place.ts';
import { S3Requests } from '#shared/s3/requests.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Format } from '../record/format.ts';
import { compressionOf } from './compression.ts';
import { objectName } from './object-name.ts';
import { type Sink, SinkError } from './sink.ts';
import { TlsFiles } from './tls-files.ts';

/** The settings that a sink of S3 reads. */
export type S3Settings = Pick<
  Destination,
  | 'url'
  | 'inFlight'
  | 'timeout'
  | 'ca'
  | 'objectBytes'
  | 'objectWait'
  | 'awsEndpoint'
  | 'awsRegion'
  | 'awsProfile'
  | 'awsAccessKeyId'
  | 'awsSecretAccessKey'
  | 'awsSessionToken'
  | 's3PathStyle'
  | 's3StorageClass'
>;

/**
 * `s3://bucket/folder` — each batch is an object of one file, as NDJSON compressed by zstd. Its name says where in the file it begins, so that
 * whatever is sent again takes the place of what was there: each line is in the bucket once. An object is acknowledged when the server says that it has it.
 * Nothing is listed, read or removed, and no lifecycle or lock is asked for.
 * @throws Exit where the settings cannot be used.
 */
export async function s3Sink(settings: S3Settings, host: string, format: Format): Promise<Sink> {
  const { url, inFlight, objectBytes, objectWait } = settings;
  const tls = settings.ca === undefined ? undefined : new TlsFiles({ ca: settings.ca, cert: undefined, key: undefined });
  const place = placeOf(url, settings);
  const name = `s3://${place.bucket}${place.folder === '' ? '' : `/${place.folder}`}`;
  const prefix = place.folder === '' ? '' : `${place.folder}/`;
  const { compress } = await compressionOf('zstd');
  let requests = await open(name, place);

  const send: Sink['send'] = async ({ object, body }, signal) => {
    if (object === undefined) throw new Error('a batch for S3 is not of one file');
    if (tls?.changed()) {
      requests.connection.close();
      requests = await open(name, placeOf(url, settings));
    }
    const packed = await compress(body);
    const key = `${prefix}${objectName(host, object)}`;
    try {
      // one attempt, as long as it takes: who asks tries again
      await requests.put({ key, body: packed, writer: randomUUID() }, { large: true, signal });
      return undefined;
    } catch (error) {
      throw new SinkError(messageOf(error), { cause: error });
    }
  };
  const check: Sink['check'] = async () => {
    try {
      await requests.list(prefix).next();
      return `${name} answers`;
    } catch (error) {
      if (error instanceof S3Error && readFailure(error.cause).code === 'AccessDenied')
        return `${name} answers, and does not let these keys list it: whether they may write shows with the first object`;
      throw error;
    }
  };
  return {
    name,
    format,
    concurrency: inFlight,
    objects: { bytes: objectBytes, wait: objectWait },
    get trouble() {
      return tls?.trouble;
    },
    send,
    check,
    close: async () => requests.connection.close(),
  };
}

/** @throws Exit where the SDK does not take the settings, or the shared files of AWS. */
async function open(name: string, { bucket, options }: ReturnType<typeof s3Place>): Promise<S3Requests> {
  try {
    return new S3Requests(await S3Connection.open(name, options), bucket, options);
  } catch (error) {
    throw new Exit(exitCode.settings, messageOf(error), { cause: error });
  }
}

/** @throws Exit where the URL cannot be read. */
function placeOf(url: URL, settings: S3Settings): ReturnType<typeof s3Place> {
  const options: S3Options = {
    endpoint: settings.awsEndpoint?.href.replace(/\/$/, ''),
    region: settings.awsRegion,
    profile: settings.awsProfile,
    accessKeyId: settings.awsAccessKeyId,
    secretAccessKey: settings.awsSecretAccessKey,
    sessionToken: settings.awsSessionToken,
    pathStyle: settings.s3PathStyle,
    storageClass: settings.s3StorageClass,
    timeout: settings.timeout,
    patience: 0,
    ...(settings.ca === undefined ? {} : { ca: readFileSync(settings.ca, 'utf8') }),
  };
  try {
    return s3Place(url, options);
  } catch (error) {
    throw new Exit(exitCode.settings, `LOGS_TO: ${messageOf(error)}`, { cause: error });
  }
}
