import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '#shared/exit.ts';
import { decompress } from '../archive/decompress.ts';
import { Frames } from '../archive/frames.ts';
import type { BackupLife } from '../backup.ts';
import type { ByteSink, ByteSource } from '../bytes.ts';
import type { BackupKind, Manifest } from '../catalog/manifest.ts';
import { decryptionOf, encryptionOf } from '../keys.ts';
import { plainOf } from '../reading/plain.ts';
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

  /** The sink of a new index; of a full backup that the sidecar cannot read again, what is written also goes to the state folder. */
  async tee(id: string, kind: BackupKind, sink: ByteSink): Promise<ByteSink> {
    if (kind !== 'full' || this.#readable || this.#life.settings.full === 'always') return sink;
    const path = this.#path(id) + unfinished;
    try {
      // the default folder is a volume of the image; elsewhere it is made only where somebody has named it
      if (this.#life.origins.state?.from !== 'default') await mkdir(this.#life.settings.state, { recursive: true });
      const file = await open(path, 'w', 0o600);
      const frames = new Frames({ write: async (chunk) => void (await file.write(chunk)), end: async () => {} });
      this.#writing = { file, path, frames };
      return {
        write: async (chunk) => {
          await sink.write(chunk);
          await frames.write(chunk);
        },
        end: async () => {
          await sink.end();
          await frames.end();
        },
      };
    } catch (error) {
      this.#life.log.warn(`the index cannot be kept in BACKUP_STATE: ${messageOf(error)}; the next backup is a full one too`);
      return sink;
    }
  }

  /** The backup exists: its index takes the place of the one before. */
  async keep({ id }: Manifest): Promise<void> {
    if (this.#writing === undefined) return;
    const { file, path } = this.#writing;
    await file.datasync();
    await rename(path, this.#path(id));
    for (const name of await readdir(this.#life.settings.state))
      if (name.endsWith(suffix) && name !== id + suffix) await rm(join(this.#life.settings.state, name));
  }

  /** Lets go of what was being written. */
  async close(): Promise<void> {
    if (this.#writing === undefined) return;
    const { file, path, frames } = this.#writing;
    this.#writing = undefined;
    frames.close();
    await file.close();
    await rm(path, { force: true });
  }

  #path(id: string): string {
    return join(this.#life.settings.state, id + suffix);
  }
}
