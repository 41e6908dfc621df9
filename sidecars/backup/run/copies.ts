import { messageOf } from '#shared/exit.ts';
import type { ByteSink } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import type { Upload } from '../stores/store.ts';

/** One store that a run writes to. The run goes on without a store that fails, as long as another one is left. */
export class Copy {
  readonly catalog: Catalog;
  /** What was begun and is not committed, by its key. */
  readonly #uploads = new Map<string, Upload>();
  /** The keys of what was committed, and is part of no backup yet. */
  readonly #loose = new Set<string>();
  #failure: string | undefined;
  #aborting: Promise<unknown> = Promise.resolve();

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  /** What is wrong with this store; undefined while it is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get name(): string {
    return this.catalog.store.name;
  }

  /** Begins a file of the backup. @param expected how many bytes it will have, at most about, where that is known. @throws StoreError */
  async begin(file: string, expected?: number): Promise<Upload> {
    const key = this.catalog.key(file);
    const upload = await this.catalog.store.upload(key, expected);
    this.#uploads.set(key, upload);
    const commit = async () => {
      await upload.commit();
      this.#uploads.delete(key);
      this.#loose.add(key);
    };
    return { write: (chunk) => upload.write(chunk), commit, abort: () => upload.abort() };
  }

  /** Makes the backup exist: the manifest is the last that is written. @throws StoreError */
  async finish(manifest: Manifest): Promise<void> {
    const files = [...this.#loose];
    // who aborts from now on comes too late: the manifest may be there at any moment, and without its files it would be worth nothing
    this.#loose.clear();
    try {
      await this.catalog.write(manifest);
    } catch (error) {
      // it may be there although the answer says otherwise: then it has to go with its files
      for (const key of [this.catalog.key(`${manifest.id}.json`), ...files]) this.#loose.add(key);
      throw error;
    }
  }

  /** From now on the run goes on without it. What was begun there is given up. */
  async fail(error: unknown): Promise<void> {
    this.#failure ??= messageOf(error);
    await this.abort();
  }

  /** Leaves nothing of a backup that was not finished, as far as the store can be reached; the next run sweeps the rest. Never throws. */
  async abort(): Promise<void> {
    const uploads = [...this.#uploads.values()];
    const loose = [...this.#loose];
    this.#uploads.clear();
    this.#loose.clear();
    const removed = Promise.allSettled([
      ...uploads.map((upload) => upload.abort()),
      ...loose.map((key) => this.catalog.store.remove(key)),
    ]);
    // whoever calls it again waits for what the first call does
    this.#aborting = Promise.all([this.#aborting, removed]);
    await this.#aborting;
  }
}

/** No store is left that a backup could go to. */
export class NoStoreLeft extends Error {
  override readonly name = 'NoStoreLeft';
}

/** The stores of a run, written to at the same pace. */
export class Copies {
  readonly all: readonly Copy[];

  constructor(catalogs: readonly Catalog[]) {
    this.all = catalogs.map((catalog) => new Copy(catalog));
  }

  /** Those that are well. */
  get well(): readonly Copy[] {
    return this.all.filter(({ failure }) => failure === undefined);
  }

  /**
   * Does something in each store that is well; one that fails is left out from then on.
   * @throws NoStoreLeft with every store's own words.
   */
  async each(work: (copy: Copy) => Promise<void>): Promise<void> {
    await Promise.all(this.well.map((copy) => work(copy).catch((error) => copy.fail(error))));
    if (this.well.length === 0) throw new NoStoreLeft(this.all.map(({ failure }) => failure).join('; '));
  }

  /** Begins a file of the backup in every store, see {@link Copy.begin}. @throws NoStoreLeft */
  async begin(file: string, expected?: number): Promise<FileCopies> {
    const uploads = new Map<Copy, Upload>();
    await this.each(async (copy) => void uploads.set(copy, await copy.begin(file, expected)));
    return new FileCopies(this, uploads);
  }

  /** Leaves nothing of a backup that was not finished. */
  async abort(): Promise<void> {
    await Promise.all(this.all.map((copy) => copy.abort()));
  }
}

/** One file of a backup on its way into every store that is well. */
export class FileCopies implements ByteSink {
  readonly #copies: Copies;
  readonly #uploads: ReadonlyMap<Copy, Upload>;

  constructor(copies: Copies, uploads: ReadonlyMap<Copy, Upload>) {
    this.#copies = copies;
    this.#uploads = uploads;
  }

  /** @throws NoStoreLeft */
  write(chunk: Uint8Array): Promise<void> {
    return this.#copies.each(async (copy) => this.#uploads.get(copy)?.write(chunk));
  }

  /** Nothing is to be done: {@link commit} is a step of its own. */
  async end(): Promise<void> {}

  /** Makes the file appear in every store that is well. @throws NoStoreLeft */
  commit(): Promise<void> {
    return this.#copies.each(async (copy) => this.#uploads.get(copy)?.commit());
  }
}
