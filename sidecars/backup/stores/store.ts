import type { ByteSource } from '../bytes.ts';

/** An object that a store has, whole. */
export interface StoredObject {
  /** Its name below the root of the store, with `/` between folders. */
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** When it was written, by the clock of the store. */
  readonly modified: Date;
}

/** What went wrong, as far as somebody acts on it. */
export type StoreFailure =
  /** There is no such object. */
  | 'missing'
  /** There is one already, and `ifAbsent` was asked for. */
  | 'exists'
  /** A permission or the credentials are missing, wrong or expired. */
  | 'denied'
  /** An object lock holds the object. */
  | 'locked'
  /** No room is left. */
  | 'full'
  /** It cannot be reached, or does not answer as it should, after every retry. */
  | 'unreachable'
  | 'other';

/** A store that does not do what it was asked. The message names the store and the object, and says what to do next. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly failure: StoreFailure;

  constructor(failure: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** An object on its way into a store. Nobody sees it before `commit` has resolved. */
export interface Upload {
  /** Takes the next bytes; resolves once there is room for more. The chunk must not be changed afterwards. @throws StoreError */
  write(chunk: Uint8Array): Promise<void>;
  /** Makes the object appear under its key, whole and durable. @throws StoreError; then nothing has appeared, or {@link abort} removes it. */
  commit(): Promise<void>;
  /** Leaves nothing behind, as far as the store lets itself be reached; a later {@link Store.sweep} does the rest. Never throws. */
  abort(): Promise<void>;
}

/** How a small object is put. */
export interface PutOptions {
  /** It fails with `exists` where there is one. */
  readonly ifAbsent?: boolean;
  /** It is replaced or removed soon, as a lease is: no object lock is put on it. */
  readonly shortLived?: boolean;
}

/** Where backups are kept: a bucket, a folder. Each kind is one file that implements this, and all go through one suite of tests. */
export interface Store {
  /** As a person knows it, without secrets: `s3://bucket/db1`. */
  readonly name: string;
  /**
   * Whether `ifAbsent` holds between several writers at the same moment. Where it does not, a lease is only likely to be the only one.
   * A store with {@link learnConditions} assumes it until that was called.
   */
  readonly conditions: boolean;
  /** Whether what a process has sent can still take effect once it is dead, as a request can that is on its way over a network. */
  readonly remote: boolean;
  /** Whether it has to know how large an upload will be, about, to take a large one with little memory. */
  readonly sizesAhead: boolean;
  /** Finds out {@link conditions} where that takes a question: a small object is written below the prefix and removed again. @throws StoreError */
  learnConditions?(prefix: string): Promise<void>;
  /** All objects whose keys begin so, by ascending key (bytes). What is still being written is none of them. @throws StoreError */
  list(prefix: string): AsyncIterable<StoredObject>;
  /**
   * The bytes of an object, in order; an interrupted answer is resumed where it ended. Whoever stops reading early lets go of it by leaving the loop.
   * @param range from `start` up to, not including, `end`.
   * @throws StoreError, also while the bytes are read.
   */
  read(key: string, range?: { readonly start: number; readonly end?: number }): ByteSource;
  /**
   * Begins an object under a key that is not in use.
   * @param expected how many bytes will come, about, where that is known: the memory of a very large upload is less then.
   * @throws StoreError, also where so much does not fit.
   */
  upload(key: string, expected?: number): Promise<Upload>;
  /** Writes a small object, whole or not at all; one that is there is replaced. @throws StoreError */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void>;
  /** Removes an object; one that is not there is no error. @throws StoreError */
  remove(key: string): Promise<void>;
  /**
   * Removes what unfinished uploads left below the prefix. A bucket may have those of others: only keys that are ours are touched.
   * Call it while nobody else uploads such keys.
   * @param isOurs is also told when the upload was last written to, or begun, by the clock of the store.
   * @returns how many they were.
   * @throws StoreError
   */
  sweep(prefix: string, isOurs: (key: string, modified: Date) => boolean): Promise<number>;
  close(): Promise<void>;
}
