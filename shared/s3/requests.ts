import type { CompletedPart, GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Request, S3Connection } from './connection.ts';
import { readFailure, unless } from './failure.ts';
import { adviceOf, customerKey, type Made, made, writerField } from './made.ts';
import type { S3Options } from './options.ts';

/** How a request is tried. */
export type Trying = Pick<Request, 'signal' | 'patience'>;

/** An object as a bucket lists it. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  readonly modified: Date;
}

/** An upload that nobody ended yet. */
export interface OpenUpload {
  readonly key: string;
  readonly id: string;
}

/** One that a bucket lists. */
export interface ListedUpload extends OpenUpload {
  readonly begun: Date;
}

/** What makes an object: its name, its content, and who says to have written it. */
export interface NewObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly writer: string;
}

/** The requests to one bucket that we use, by whole keys, each tried again as the connection does it. All @throw S3Error. */
export class S3Requests {
  readonly connection: S3Connection;
  readonly bucket: string;
  readonly options: S3Options;

  constructor(connection: S3Connection, bucket: string, options: S3Options) {
    this.connection = connection;
    this.bucket = bucket;
    this.options = options;
  }

  /** @param attempted is called before each attempt. */
  async put({ key, body, writer }: NewObject, how: Made & Trying & { readonly ifAbsent?: boolean }, attempted?: () => void) {
    const { sdk, client } = this.connection;
    const input = {
      ...{ Bucket: this.bucket, Key: key, Body: body, Metadata: { [writerField]: writer } },
      ...(how.ifAbsent ? { IfNoneMatch: '*' } : {}),
      ...made(this.options, how),
    };
    const request = { what: `write ${key}`, bytes: body.length, advice: adviceOf(this.options, how), ...trying(how) };
    await this.connection.send(request, (attempt) => {
      attempted?.();
      return client.send(new sdk.PutObjectCommand(input), attempt);
    });
  }

  head(key: string, how: Trying = {}): Promise<HeadObjectCommandOutput> {
    const { sdk, client } = this.connection;
    const input = { Bucket: this.bucket, Key: key, ...customerKey(this.options) };
    const request = { what: `look for ${key}`, reads: true, ...trying(how) };
    return this.connection.send(request, (attempt) => client.send(new sdk.HeadObjectCommand(input), attempt));
  }

  /** Whether an object is there, and this writer wrote it. */
  async isBy(writer: string, key: string, how: Trying = {}): Promise<boolean> {
    const head = await unless('missing', this.head(key, how));
    return head?.Metadata?.[writerField] === writer;
  }

  get(key: string, range: string | undefined, etag: string | undefined): Promise<GetObjectCommandOutput> {
    const { sdk, client } = this.connection;
    const input = {
      ...{ Bucket: this.bucket, Key: key, ...customerKey(this.options) },
      ...(range === undefined ? {} : { Range: range }),
      ...(etag === undefined ? {} : { IfMatch: etag }),
    };
    return this.connection.send({ what: `read ${key}`, reads: true }, (attempt) =>
      client.send(new sdk.GetObjectCommand(input), attempt),
    );
  }

  async remove(key: string, version?: string, how: Trying = {}): Promise<void> {
    const { sdk, client } = this.connection;
    const input = { Bucket: this.bucket, Key: key, ...(version === undefined ? {} : { VersionId: version }) };
    const request = { what: `remove ${key}`, ...trying(how) };
    await this.connection.send(request, (attempt) => client.send(new sdk.DeleteObjectCommand(input), attempt));
  }

  /** In the order of the server, which is that of the bytes of the keys. */
  async *list(prefix: string): AsyncGenerator<Listed> {
    const { sdk, client } = this.connection;
    let token: string | undefined;
    do {
      const input = { Bucket: this.bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) };
      const page = await this.connection.send({ what: `list ${prefix || 'its objects'}`, reads: true }, (attempt) =>
        client.send(new sdk.ListObjectsV2Command(input), attempt),
      );
      for (const { Key, Size = 0, LastModified = new Date(0) } of page.Contents ?? [])
        if (Key !== undefined) yield { key: Key, size: Size, modified: LastModified };
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** The versions of one object, with the marks of its removals, the newest first. */
  async versions(key: string): Promise<string[]> {
    const { sdk, client } = this.connection;
    const found: { readonly id: string; readonly at: number }[] = [];
    let next: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
    while (next !== undefined) {
      const input: { Bucket: string; Prefix: string; KeyMarker?: string; VersionIdMarker?: string } = {
        ...{ Bucket: this.bucket, Prefix: key },
        ...next,
      };
      const page = await this.connection.send({ what: `list the versions of ${key}`, reads: true }, (attempt) =>
        client.send(new sdk.ListObjectVersionsCommand(input), attempt),
      );
      for (const { Key, VersionId, LastModified } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
        if (Key === key && VersionId !== undefined) found.push({ id: VersionId, at: LastModified?.getTime() ?? 0 });
      const { IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
      next = IsTruncated && KeyMarker !== undefined ? { KeyMarker, ...(VersionIdMarker ? { VersionIdMarker } : {}) } : undefined;
    }
    return found.toSorted((a, b) => b.at - a.at).map(({ id }) => id);
  }

  async *uploads(prefix: string, how: Trying = {}): AsyncGenerator<ListedUpload> {
    const { sdk, client } = this.connection;
    let next: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (next !== undefined) {
      const input: { Bucket: string; Prefix: string; KeyMarker?: string; UploadIdMarker?: string } = {
        ...{ Bucket: this.bucket, Prefix: prefix },
        ...next,
      };
      const page = await this.connection.send(
        { what: `list the unfinished uploads below ${prefix}`, reads: true, ...trying(how) },
        (attempt) => client.send(new sdk.ListMultipartUploadsCommand(input), attempt),
      );
      for (const { Key, UploadId, Initiated = new Date(0) } of page.Uploads ?? [])
        if (Key !== undefined && UploadId !== undefined) yield { key: Key, id: UploadId, begun: Initiated };
      const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      next = IsTruncated && KeyMarker !== undefined ? { KeyMarker, ...(UploadIdMarker ? { UploadIdMarker } : {}) } : undefined;
    }
  }

  /** Begins an upload in parts. @param attempted is called before each attempt. @returns its id. */
  async begin(key: string, writer: string, how: Trying, attempted: () => void): Promise<string> {
    const { sdk, client, checksums } = this.connection;
    const input = {
      ...{ Bucket: this.bucket, Key: key, Metadata: { [writerField]: writer } },
      ...(checksums ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
      ...made(this.options, { large: true }),
    };
    const what = `begin ${key}`;
    const request = { what, advice: adviceOf(this.options, { large: true }), ...trying(how) };
    const { UploadId } = await this.connection.send(request, (attempt) => {
      attempted();
      return client.send(new sdk.CreateMultipartUploadCommand(input), attempt);
    });
    if (UploadId === undefined) throw this.connection.error('other', what, 'the server gave the upload no id');
    return UploadId;
  }

  async part({ key, id }: OpenUpload, number: number, body: Uint8Array, how: Trying): Promise<CompletedPart> {
    const { sdk, client, checksums } = this.connection;
    const input = {
      ...{ Bucket: this.bucket, Key: key, UploadId: id, PartNumber: number, Body: body },
      ...(checksums ? { ChecksumAlgorithm: 'CRC32' as const } : {}),
      ...customerKey(this.options),
    };
    const request = { what: `write part ${number} of ${key}`, bytes: body.length, ...trying(how) };
    const { ETag, ChecksumCRC32 } = await this.connection.send(request, (attempt) =>
      client.send(new sdk.UploadPartCommand(input), attempt),
    );
    return {
      PartNumber: number,
      ...(ETag === undefined ? {} : { ETag }),
      ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
    };
  }

  /** Makes an object of its parts. @throws S3Error, also where the upload has become the object by an attempt whose answer was lost. */
  async complete({ key, id }: OpenUpload, parts: CompletedPart[], how: Trying): Promise<void> {
    const { sdk, client } = this.connection;
    const input = {
      ...{ Bucket: this.bucket, Key: key, UploadId: id, MultipartUpload: { Parts: parts } },
      ...customerKey(this.options),
    };
    const request = { what: `complete ${key}`, ...trying(how) };
    await this.connection.send(request, (attempt) => client.send(new sdk.CompleteMultipartUploadCommand(input), attempt));
  }

  /** Ends an upload, and with it its parts; one that is not there any more is no error. */
  async giveUp({ key, id }: OpenUpload, how: Trying = {}): Promise<void> {
    const { sdk, client } = this.connection;
    const input = { Bucket: this.bucket, Key: key, UploadId: id };
    const request = { what: `end the upload of ${key}`, ...trying(how) };
    const given = this.connection.send(request, (attempt) => client.send(new sdk.AbortMultipartUploadCommand(input), attempt));
    await given.catch((error: unknown) => {
      if (!isGone(error)) throw error;
    });
  }
}

/** Whether a request failed because there is no such upload: it was ended, or has become the object. */
export function isGone(error: unknown): boolean {
  return error instanceof Error && readFailure(error.cause).code === 'NoSuchUpload';
}

function trying({ signal, patience }: Trying): Trying {
  return { ...(signal === undefined ? {} : { signal }), ...(patience === undefined ? {} : { patience }) };
}
