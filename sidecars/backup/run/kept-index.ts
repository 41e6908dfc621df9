import { createReadStream } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/exit.ts';
import { decompress } from '../archive/decompress.ts';
import { Frames } from '../archive/frames.ts';
import type { BackupLife } from '../backup.ts';
import type { ByteSink, ByteSource } from '../bytes.ts';
import type { BackupKind, Manifest } from '../catalog/manifest.ts';
import { decryptionOf, encryptionOf } from '../keys.ts';
import { plainOf } from '../reading/plain.ts';
import { makeStateFolder, stateFolder } from '../state-folder.ts';
import type { Copies } from './copies.ts';

/** The name of a copy, and of one that is being written. */
const suffix = '.index.zst';
const unfinished = '.tmp';

/**
 * The index of the last full backup, which a differential one is compared with. It is in the store; where that is encrypted to recipients, and
 * the sidecar has no identity, a plain copy of it is kept in the state folder: it says no more than the volumes themselves, which are beside it.
 */
export class KeptIndex {
  readonly #life: BackupLife;
  /** Whether the sidecar can read what it writes. */
  readonly #readable: boolean;
  #writing: { readonly file: FileHandle; readonly path: string; readonly frames: Frames } | undefined;

  constructor(life: BackupLife) {
    this.#life = life;
    this.#readable = encryptionOf(life.settings) === undefined || decryptionOf(life.settings) !== undefined;
  }

  /** The plain index of a full backup; undefined where it cannot be had, and everything has to be saved once more, which is told. */
  async indexOf(parent: Manifest, copies: Copies): Promise<ByteSource | undefined> {
    const { settings, log } = this.#life;
    const [copy] = copies.well;
    const key = decryptionOf(settings);
    if (copy !== undefined && (parent.encryption === 'none' || key !== undefined))
      return plainOf(copy.catalog, parent, parent.index, key);
    const path = this.#path(parent.id);
    try {
      await (await open(path, 'r')).close();
      return decompress(createReadStream(path, { highWaterMark: 2 ** 20 }));
    } catch (error) {
      log.warn(
        `${parent.id} is encrypted to its recipients, and its index is not in BACKUP_STATE (${messageOf(error)}): everything is saved once more. ` +
          'Keep that folder on a volume, or set BACKUP_AGE_IDENTITY',
      );
      return undefined;
    }
  }

  /**
   * The sink of a new index; of a full backup that the sidecar cannot read again, what is written also goes to the state folder, as far as that
   * takes it: the next backup can always be a full one.
   */
  async tee(id: string, kind: BackupKind, sink: ByteSink): Promise<ByteSink> {
    if (kind !== 'full' || this.#readable || this.#life.settings.full === 'always') return sink;
    await this.#orGiveUp(() => this.#begin(this.#path(id) + unfinished));
    return {
      write: async (chunk) => {
        await sink.write(chunk);
        await this.#orGiveUp(async () => this.#writing?.frames.write(chunk));
      },
      end: async () => {
        await sink.end();
        await this.#orGiveUp(async () => this.#writing?.frames.end());
      },
    };
  }

  /** The backup exists: its index takes the place of the one before, and of what a run left that was cut off. */
  async keep({ id }: Manifest): Promise<void> {
    await this.#orGiveUp(async () => {
      if (this.#writing === undefined) return;
      const { file, path } = this.#writing;
      await file.datasync();
      await rename(path, this.#path(id));
      for (const name of await readdir(this.#folder))
        if (name !== id + suffix && (name.endsWith(suffix) || name.endsWith(suffix + unfinished)))
          await rm(join(this.#folder, name));
    });
  }

  /** Lets go of what was being written. Never throws. */
  async close(): Promise<void> {
    if (this.#writing === undefined) return;
    const { file, path, frames } = this.#writing;
    this.#writing = undefined;
    frames.close();
    await file.close().catch(() => {});
    await rm(path, { force: true }).catch(() => {});
  }

  async #begin(path: string): Promise<void> {
    await makeStateFolder(this.#life);
    const file = await open(path, 'w', 0o600);
    // a disk that gets full takes less than it is given, and says so the next time
    const frames = new Frames({ write: (chunk) => file.appendFile(chunk), end: async () => {} }, { lanes: 1 });
    this.#writing = { file, path, frames };
  }

  async #orGiveUp(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#life.log.warn(`the index cannot be kept in BACKUP_STATE: ${messageOf(error)}; the next backup is a full one too`);
      await this.close();
    }
  }

  get #folder(): string {
    return stateFolder(this.#life);
  }

  #path(id: string): string {
    return join(this.#folder, id + suffix);
  }
}
