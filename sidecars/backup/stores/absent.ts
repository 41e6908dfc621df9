import type { Store, StoredObject, StoreError, Upload } from './store.ts';

/** A store that could not be opened: whatever it is asked for fails as the opening did, and the other stores go on without it. */
export class AbsentStore implements Store {
  readonly name: string;
  readonly conditions = true;
  readonly remote = false;
  readonly sizesAhead = false;
  readonly #why: StoreError;

  constructor(name: string, why: StoreError) {
    this.name = name;
    this.#why = why;
  }

  list(): AsyncIterable<StoredObject> {
    return this.#nothing();
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#nothing();
  }

  upload(): Promise<Upload> {
    return Promise.reject(this.#why);
  }

  put(): Promise<void> {
    return Promise.reject(this.#why);
  }

  remove(): Promise<void> {
    return Promise.reject(this.#why);
  }

  sweep(): Promise<number> {
    return Promise.reject(this.#why);
  }

  async close(): Promise<void> {}

  #nothing(): AsyncIterable<never> {
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(this.#why) }) };
  }
}
