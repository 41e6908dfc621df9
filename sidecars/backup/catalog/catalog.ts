import { messageOf } from '#shared/exit.ts';
import type { ByteSource } from '../bytes.ts';
import { generationOf } from '../lease/record.ts';
import { type Store, StoreError } from '../stores/store.ts';
import { filesOf, folderOf, idOfFile, isManifest } from './keys.ts';
import { type Manifest, partsOf } from './manifest.ts';
import { BadManifest, readManifest, writeManifest } from './read-manifest.ts';

/** How many manifests are read at the same time. */
const lanes = 8;

/** How old what is left of writing a lease has to be, in ms: those who contend for it write theirs without holding it. */
const surelyOver = 3_600_000;

/** A manifest that is there and cannot be used. */
export interface Unusable {
  readonly id: string;
  readonly reason: string;
}

/** What is in a store under one name. */
export interface Contents {
  /** The oldest first. */
  readonly backups: readonly Manifest[];
  readonly unusable: readonly Unusable[];
}

/** What became of the files of runs that were cut off. */
export interface Swept {
  /** How many were removed. */
  readonly removed: number;
  /** Those that may not be removed, as where an object lock holds them or a permission is missing: they are no backup, and in nobody's way. */
  readonly left: readonly string[];
}

/** What was in each store when it was looked at. */
export type Known = ReadonlyMap<Catalog, Contents>;

/** The backups of one name in one store. Only what has a manifest exists. */
export class Catalog {
  readonly store: Store;
  readonly #folder: string;

  constructor(store: Store, name: string) {
    this.store = store;
    this.#folder = folderOf(name);
  }

  /** The key in the store of a file of a backup. */
  key(file: string): string {
    return `${this.#folder}${file}`;
  }

  /** All backups, the oldest first, and what looks like one and cannot be read. @throws StoreError */
  async all(): Promise<Contents> {
    const files: string[] = [];
    for await (const file of this.files()) if (isManifest(file)) files.push(file);
    const backups: Manifest[] = [];
    const unusable: Unusable[] = [];
    const take = async () => {
      for (let file = files.shift(); file !== undefined; file = files.shift()) {
        try {
          backups.push(await this.#read(file));
        } catch (error) {
          if (!(error instanceof BadManifest) && !(error instanceof StoreError && error.failure === 'missing')) throw error;
          unusable.push({ id: idOfFile(file) ?? file, reason: messageOf(error) });
        }
      }
    };
    await Promise.all(Array.from({ length: lanes }, take));
    return { backups: backups.toSorted(byAge), unusable };
  }

  /** One backup. @throws StoreError `missing` where there is none, BadManifest where its manifest cannot be used. */
  one(id: string): Promise<Manifest> {
    return this.#read(`${id}.json`);
  }

  /** Every file below the folder of the name, not those of folders in it. @throws StoreError */
  async *files(): AsyncGenerator<string> {
    for await (const { key } of this.store.list(this.#folder)) {
      const file = key.slice(this.#folder.length);
      if (!file.includes('/')) yield file;
    }
  }

  /** The stored bytes of a part of a backup. */
  read(file: string): ByteSource {
    return this.store.read(this.key(file));
  }

  /** Writes a manifest, which makes the backup exist, or replaces it by one that tells more. @throws StoreError */
  write(manifest: Manifest): Promise<void> {
    return this.store.put(this.key(`${manifest.id}.json`), writeManifest(manifest));
  }

  /** Removes a backup, its manifest first, so that it is never half there. @throws StoreError */
  async remove(manifest: Manifest): Promise<void> {
    for (const file of [`${manifest.id}.json`, ...partsOf(manifest).map((part) => part.file)])
      await this.store.remove(this.key(file));
  }

  /**
   * Removes the files of runs that were cut off before they wrote a manifest. Call it under the lease: then no run is under way.
   * @param but the id of one's own run.
   * @throws StoreError
   */
  async sweep(but: string): Promise<Swept> {
    const ofBackup = (key: string) => idOfFile(key.slice(this.#folder.length)) !== undefined;
    const ofLease = (key: string) => generationOf(this.#folder, key) !== undefined;
    const over = Date.now() - surelyOver;
    let removed = await this.store.sweep(
      this.#folder,
      (key, modified) => ofBackup(key) || (ofLease(key) && modified.getTime() < over),
    );
    const files: string[] = [];
    const left: string[] = [];
    for await (const file of this.files()) files.push(file);
    const whole = new Set(files.filter(isManifest).map(idOfFile));
    for (const file of files) {
      const id = idOfFile(file);
      if (id === undefined || id === but || whole.has(id)) continue;
      try {
        await this.store.remove(this.key(file));
        removed += 1;
      } catch (error) {
        if (!(error instanceof StoreError && ['locked', 'denied'].includes(error.failure))) throw error;
        left.push(file);
      }
    }
    return { removed, left };
  }

  async #read(file: string): Promise<Manifest> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(file)) chunks.push(chunk);
    const manifest = readManifest(Buffer.concat(chunks));
    const expected = filesOf(manifest.id, manifest.kind, manifest.encryption !== 'none');
    const strange = partsOf(manifest).find((part) => idOfFile(part.file) !== manifest.id);
    if (strange !== undefined) throw new BadManifest(`it stands under ${file}, and speaks of ${strange.file}`);
    if (file !== expected.manifest || manifest.archive.file !== expected.archive || manifest.index.file !== expected.index)
      throw new BadManifest(`it stands under ${file}, and speaks of ${manifest.archive.file}`);
    return manifest;
  }
}

/** The oldest first: ids tell seconds apart, and the times in the manifests less. */
function byAge(a: Manifest, b: Manifest): number {
  return Date.parse(a.started) - Date.parse(b.started) || (a.id < b.id ? -1 : 1);
}
