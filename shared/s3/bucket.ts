import { randomUUID } from 'node:crypto';
import { S3Connection } from './connection.ts';
import { readFailure, S3Error, unless } from './failure.ts';
import type { S3Options } from './options.ts';
import { PartBuffers } from './part-buffers.ts';
import { type ByteRange, readObject } from './read.ts';
import { type Listed, type NewObject, S3Requests } from './requests.ts';
import { defaultInFlight, S3Upload } from './upload.ts';

/** How an object is put. */
export interface PutHow {
  /** It fails with `exists` where there is one. */
  readonly ifAbsent?: boolean;
  /** It is replaced or removed soon: no lock is put on it. */
  readonly shortLived?: boolean;
}

/** A folder in a bucket of S3 or a compatible. Keys are below that folder. */
export class S3Bucket {
  /** As a person knows it: `s3://bucket/folder`. */
  readonly name: string;
  readonly #root: string;
  readonly #requests: S3Requests;
  readonly #buffers: PartBuffers;
  /** Undefined while it is not known. */
  #conditions: boolean | undefined;

  private constructor(name: string, root: string, requests: S3Requests) {
    this.name = name;
    this.#root = root;
    this.#requests = requests;
    this.#buffers = new PartBuffers((requests.options.inFlight ?? defaultInFlight) + 1);
    this.#conditions = requests.options.conditions;
  }

  /** @param folder without slashes at its ends; empty for the whole bucket. @throws S3Error where the options cannot be used; nothing is sent yet. */
  static async open(bucket: string, folder: string, options: S3Options): Promise<S3Bucket> {
    const name = `s3://${bucket}${folder === '' ? '' : `/${folder}`}`;
    const requests = new S3Requests(await S3Connection.open(name, options), bucket, options);
    return new S3Bucket(name, folder === '' ? '' : `${folder}/`, requests);
  }

  /** Whether `ifAbsent` holds between several writers at the same moment. It is assumed until {@link learnConditions} has found it out. */
  get conditions(): boolean {
    return this.#conditions ?? true;
  }

  /**
   * Finds out whether the server keeps to conditions, where nobody knows: some compatibles ignore them without a word. It puts a small object
   * below the prefix twice, and removes it.
   * @throws S3Error
   */
  async learnConditions(prefix: string): Promise<void> {
    if (this.#conditions !== undefined) return;
    const writer = randomUUID();
    const probe = { key: `${this.#root}${prefix}conditions-${writer}`, body: Buffer.from('a probe\n'), writer };
    const how = { shortLived: true, ifAbsent: true } as const;
    const outcomes = [await this.#outcome(this.#requests.put(probe, how)), await this.#outcome(this.#requests.put(probe, how))];
    // the first one may say so, too, where its answer was lost and it was repeated
    this.#conditions = outcomes.includes('exists');
    if (!outcomes.includes('unknown')) await this.remove(probe.key.slice(this.#root.length));
  }

  /** @throws S3Error */
  async *list(prefix: string): AsyncGenerator<Listed> {
    for await (const { key, ...rest } of this.#requests.list(this.#root + prefix)) {
      // a folder that a person made by hand is an object whose key ends so
      if (!key.endsWith('/')) yield { key: key.slice(this.#root.length), ...rest };
    }
  }

  /** The bytes of an object; a broken answer is resumed. @throws S3Error while they are read. */
  read(key: string, range?: ByteRange): AsyncGenerator<Uint8Array> {
    return readObject(this.#requests, this.#root + key, range);
  }

  /** @param expected how many bytes will come, about; 0 where nobody knows. @throws S3Error where so many fit into no object. */
  upload(key: string, expected = 0): S3Upload {
    return new S3Upload(this.#requests, this.#buffers, this.#root + key, expected);
  }

  /** Writes a small object. @throws S3Error */
  async put(key: string, body: Uint8Array, { ifAbsent = false, shortLived = false }: PutHow = {}): Promise<void> {
    const object = { key: this.#root + key, body, writer: randomUUID() };
    if (!ifAbsent) return this.#requests.put(object, { shortLived });
    await this.learnConditions(key.slice(0, key.lastIndexOf('/') + 1));
    if (this.conditions) return this.#putIfAbsent(object, shortLived);
    if ((await unless('missing', this.#requests.head(object.key))) !== undefined) throw this.#exists(object.key);
    return this.#requests.put(object, { shortLived });
  }

  /**
   * Removes an object; one that is not there is no error. Where we put locks on objects the bucket has versions, and all of them go: one that is
   * only marked as removed would be kept for ever.
   * @throws S3Error `locked` where a lock holds it.
   */
  async remove(key: string): Promise<void> {
    const whole = this.#root + key;
    if (this.#requests.options.lock === undefined) {
      await unless('missing', this.#requests.remove(whole));
      return;
    }
    // the oldest first: what is there is one of the others as long as one is left
    for (const version of (await this.#requests.versions(whole)).toReversed())
      await unless('missing', this.#requests.remove(whole, version));
  }

  /** Ends the unfinished uploads that are ours, by their keys and when they were begun. @returns how many they were. @throws S3Error */
  async sweep(prefix: string, isOurs: (key: string, begun: Date) => boolean): Promise<number> {
    let swept = 0;
    for await (const open of this.#requests.uploads(this.#root + prefix)) {
      if (!isOurs(open.key.slice(this.#root.length), open.begun)) continue;
      await this.#requests.giveUp(open);
      swept += 1;
    }
    return swept;
  }

  close(): void {
    this.#requests.connection.close();
  }

  async #putIfAbsent(object: NewObject, shortLived: boolean): Promise<void> {
    let attempts = 0;
    const attempted = () => {
      attempts += 1;
    };
    try {
      await this.#requests.put(object, { ifAbsent: true, shortLived }, attempted);
    } catch (error) {
      if (!(error instanceof S3Error) || error.failure !== 'exists') throw error;
      // the answer to an earlier attempt may have been lost: then it is ours that is there
      if (attempts === 1 || !(await this.#requests.isBy(object.writer, object.key))) throw this.#exists(object.key, error);
    }
  }

  /** How a conditional put went: done, refused for what is there, or refused because the server does not know such conditions. */
  async #outcome(put: Promise<void>): Promise<'done' | 'exists' | 'unknown'> {
    try {
      await put;
      return 'done';
    } catch (error) {
      if (error instanceof S3Error && error.failure === 'exists') return 'exists';
      if (isUnknownCondition(error)) return 'unknown';
      throw error;
    }
  }

  #exists(key: string, cause?: unknown): S3Error {
    return this.#requests.connection.error('exists', `write ${key}`, 'there is one already', '', cause);
  }
}

/** Whether the server says that it does not know `If-None-Match`. */
function isUnknownCondition(error: unknown): boolean {
  if (!(error instanceof S3Error)) return false;
  const { status, code } = readFailure(error.cause);
  return status === 501 || code === 'NotImplemented' || (code === 'InvalidArgument' && /if-none-match/i.test(error.message));
}
