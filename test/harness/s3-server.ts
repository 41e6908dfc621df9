import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { atEnd } from './at-end.ts';
import { has } from './needs.ts';

/** How a server of S3 is reached. */
export interface S3Access {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A bucket of its own for one test, seen without our client. */
export class TestBucket {
  readonly name: string;
  readonly access: S3Access;
  readonly client: S3Client;

  constructor(name: string, access: S3Access, client: S3Client) {
    this.name = name;
    this.access = access;
    this.client = client;
  }

  /** The keys of all objects. */
  async keys(): Promise<string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Contents.map(({ Key = '' }) => Key);
  }

  /** Removes what is worth it. */
  async removeLarge(): Promise<void> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    for (const { Key, Size = 0 } of Contents)
      if (Size > 100_000) await this.client.send(new DeleteObjectCommand({ Bucket: this.name, Key }));
  }

  /** The keys of the uploads that nobody ended. The in-process server does not tell them. */
  async openUploads(): Promise<string[]> {
    const { Uploads = [] } = await this.client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    return Uploads.map(({ Key = '' }) => Key);
  }

  /** The key of each version that is kept, also of removed objects, and of each mark of a removal. */
  async versions(): Promise<string[]> {
    const { Versions = [], DeleteMarkers = [] } = await this.client.send(new ListObjectVersionsCommand({ Bucket: this.name }));
    return [...Versions, ...DeleteMarkers].map(({ Key = '' }) => Key);
  }

  /** The storage class of each object. */
  async storageClasses(): Promise<Record<string, string>> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: this.name }));
    return Object.fromEntries(Contents.map(({ Key = '', StorageClass = 'STANDARD' }) => [Key, StorageClass]));
  }
}

/** A server of S3: a real one that the rig started, or one in this process that knows the common requests, but no conditions nor a list of uploads. */
export type S3Kind = 'ceph' | 'in-process';

/** The best one that this machine has. */
export function bestS3(): S3Kind {
  return has('ceph') ? 'ceph' : 'in-process';
}

/** Makes a new bucket; a server in this process ends with the test. For `ceph` the test `needs('ceph')`. */
export async function testBucket(t: TestContext, kind: S3Kind, options: { readonly lock?: boolean } = {}): Promise<TestBucket> {
  const access = kind === 'ceph' ? ceph() : await inProcess(t);
  const { endpoint, region, accessKeyId, secretAccessKey } = access;
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  atEnd(t, () => client.destroy());
  const name = `sidekick-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: options.lock ?? false }));
  const bucket = new TestBucket(name, access, client);
  // it keeps all in memory
  if (kind === 'ceph') atEnd(t, () => bucket.removeLarge());
  return bucket;
}

/** SIDEKICK_TEST_S3 is `http://KEY:SECRET@HOST:PORT`. */
function ceph(): S3Access {
  const { origin, username, password } = new URL(process.env.SIDEKICK_TEST_S3 ?? '');
  return { endpoint: origin, region: 'us-east-1', accessKeyId: username, secretAccessKey: password };
}

async function inProcess(t: TestContext): Promise<S3Access> {
  const server = await startFauxqs({ host: '127.0.0.1', port: 0, logger: false });
  atEnd(t, () => server.stop());
  return { endpoint: server.address, region: 'us-east-1', accessKeyId: 'key', secretAccessKey: 'secret' };
}
