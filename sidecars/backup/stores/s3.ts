import { S3Bucket } from '#shared/s3/bucket.ts';
import { S3Error } from '#shared/s3/failure.ts';
import type { S3Options } from '#shared/s3/options.ts';
import { s3Place } from '#shared/s3/place.ts';
import { type PutOptions, type Store, type StoredObject, StoreError, type Upload } from './store.ts';

/** `s3://bucket/folder` — each object is one of a bucket. @throws StoreError where the options cannot be used; nothing is sent yet. */
export async function openS3Store(bucket: string, folder: string, options: S3Options): Promise<Store> {
  return new S3Store(await told(S3Bucket.open(bucket, folder, options)));
}

/** The same for a URL, which may bring options of its own; see {@link s3Place}. @throws StoreError also where it cannot be read. */
export async function openS3StoreAt(url: URL, common: S3Options): Promise<Store> {
  const { bucket, folder, options } = await told((async () => s3Place(url, common))());
  return openS3Store(bucket, folder, options);
}

class S3Store implements Store {
  readonly remote = true;
  readonly sizesAhead = true;
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  get name(): string {
    return this.#bucket.name;
  }

  get conditions(): boolean {
    return this.#bucket.conditions;
  }

  learnConditions(prefix: string): Promise<void> {
    return told(this.#bucket.learnConditions(prefix));
  }

  list(prefix: string): AsyncIterable<StoredObject> {
    return toldEach(this.#bucket.list(prefix));
  }

  read(key: string, range?: { readonly start: number; readonly end?: number }): AsyncIterable<Uint8Array> {
    return toldEach(this.#bucket.read(key, range));
  }

  async upload(key: string, expected?: number): Promise<Upload> {
    const upload = await told((async () => this.#bucket.upload(key, expected))());
    return {
      write: (chunk) => told(upload.write(chunk)),
      commit: () => told(upload.commit()),
      abort: () => upload.abort(),
    };
  }

  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void> {
    return told(this.#bucket.put(key, body, options));
  }

  remove(key: string): Promise<void> {
    return told(this.#bucket.remove(key));
  }

  sweep(prefix: string, isOurs: (key: string, modified: Date) => boolean): Promise<number> {
    return told(this.#bucket.sweep(prefix, isOurs));
  }

  async close(): Promise<void> {
    this.#bucket.close();
  }
}

/** The failures of a bucket in the words of a store. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storeError(error);
  }
}

async function* toldEach<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    throw storeError(error);
  }
}

function storeError(error: unknown): unknown {
  return error instanceof S3Error ? new StoreError(error.failure, error.message, { cause: error.cause }) : error;
}
