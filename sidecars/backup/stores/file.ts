import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '#shared/exit.ts';
import { type PutOptions, type Store, type StoredObject, StoreError, type StoreFailure, type Upload } from './store.ts';
import { finalName, TemporaryFile } from './temporary.ts';

/** Chunks that nobody needs any more wait for the collector of garbage: with larger ones it lets more memory pile up before it comes. */
const chunkSize = 128 * 1024;

/**
 * `file:///folder` — each object is a file below the folder, readable by its owner alone. It appears under its name when all of it is on the disk.
 * The folder is made where it is missing.
 * @throws StoreError where it cannot be made.
 */
export async function openFileStore(root: string): Promise<Store> {
  const store = new FileStore(root);
  await store.make();
  return store;
}

class FileStore implements Store {
  readonly name: string;
  readonly conditions = true;
  readonly remote = false;
  readonly sizesAhead = false;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.name = `file://${root}`;
  }

  async make(): Promise<void> {
    try {
      await mkdir(this.#root, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error;
      });
      // also where it is there already: it may be no folder, or one that this user may not look into
      await (await open(this.#root, constants.O_RDONLY | constants.O_DIRECTORY)).close();
    } catch (error) {
      throw this.#error('be used', error);
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    for await (const key of this.#files(prefix)) {
      if (finalName(key) !== undefined) continue;
      const stats = await this.#try(`list ${key}`, lstat(this.#path(key))).catch(unlessMissing);
      if (stats !== undefined) yield { key, size: stats.size, modified: stats.mtime };
    }
  }

  async *read(
    key: string,
    { start, end = Number.POSITIVE_INFINITY }: { start: number; end?: number } = { start: 0 },
  ): AsyncGenerator<Uint8Array> {
    const what = `read ${key}`;
    const file = await this.#try(what, open(this.#path(key)));
    // one chunk is read while another one is worked on
    let next = readChunk(file, start, end);
    try {
      for (let at = start; ; ) {
        const chunk = await this.#try(what, next);
        if (chunk.length === 0) return;
        at += chunk.length;
        next = readChunk(file, at, end);
        next.catch(() => {});
        yield chunk;
      }
    } finally {
      await next.catch(() => {});
      await file.close();
    }
  }

  async upload(key: string): Promise<Upload> {
    const what = `write ${key}`;
    const file = await this.#try(what, TemporaryFile.create(this.#path(key)));
    return {
      write: (chunk) => this.#try(what, file.write(chunk)),
      commit: () => this.#try(what, file.appear()),
      abort: () => file.discard().catch(() => {}),
    };
  }

  async put(key: string, body: Uint8Array, { ifAbsent = false }: PutOptions = {}): Promise<void> {
    const upload = async () => {
      const file = await TemporaryFile.create(this.#path(key));
      await file.write(body);
      await (ifAbsent ? file.appear() : file.replace());
    };
    await this.#try(`write ${key}`, upload());
  }

  async remove(key: string): Promise<void> {
    await this.#try(`remove ${key}`, rm(this.#path(key), { force: true }));
  }

  async sweep(prefix: string, isOurs: (key: string, modified: Date) => boolean): Promise<number> {
    let swept = 0;
    for await (const name of this.#files(prefix)) {
      const key = finalName(name);
      if (key === undefined) continue;
      const stats = await this.#try(`look at ${name}`, lstat(join(this.#root, name))).catch(unlessMissing);
      if (stats === undefined || !isOurs(key, stats.mtime)) continue;
      await this.#try(`remove ${name}`, rm(join(this.#root, name), { force: true }));
      swept += 1;
    }
    return swept;
  }

  async close(): Promise<void> {}

  /** All files whose keys begin so, temporary ones too, in the order of the bytes of their keys. */
  async *#files(prefix: string, folder = ''): AsyncGenerator<string> {
    const entries = await this.#try(
      `list ${folder || 'its objects'}`,
      readdir(join(this.#root, folder), { withFileTypes: true }),
    ).catch(unlessMissing);
    // a folder stands where its content does: its slash takes part in the order
    const names = (entries ?? []).flatMap((entry) => nameOf(entry) ?? []).toSorted(byBytes);
    for (const name of names) {
      const key = folder + name;
      if (!key.endsWith('/')) {
        if (key.startsWith(prefix)) yield key;
      } else if (key.startsWith(prefix) || prefix.startsWith(key)) yield* this.#files(prefix, key);
    }
  }

  /** @throws StoreError for a key that would lead out of the folder, or be taken for something unfinished. */
  #path(key: string): string {
    const bad = key.split('/').some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'));
    if (bad || finalName(key) !== undefined)
      throw new StoreError('other', `${this.name} has no objects of the name ${JSON.stringify(key)}`);
    return join(this.#root, key);
  }

  async #try<T>(what: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#error(what, error);
    }
  }

  #error(what: string, error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const { failure, advice } = meanings[codeOf(error) ?? ''] ?? { failure: 'other' };
    const next = advice === undefined ? '' : `; ${advice}`;
    return new StoreError(failure, `${this.name} cannot ${what}: ${messageOf(error)}${next}`, { cause: error });
  }
}

const permissions = { failure: 'denied', advice: 'let this user write there, or name another folder' } as const;
const room = { failure: 'full', advice: 'make room, or keep fewer backups' } as const;

const meanings: Readonly<Record<string, { readonly failure: StoreFailure; readonly advice?: string }>> = {
  ENOENT: { failure: 'missing' },
  EEXIST: { failure: 'exists' },
  EACCES: permissions,
  EPERM: permissions,
  EROFS: { failure: 'denied', advice: 'the file system is mounted read-only' },
  ENOSPC: room,
  EDQUOT: room,
  EFBIG: { failure: 'full', advice: 'the file system takes no file of that size' },
  ENOTDIR: { failure: 'other', advice: 'name a folder' },
  EIO: { failure: 'unreachable', advice: 'look into the log of the kernel: the disk may be failing' },
  ESTALE: { failure: 'unreachable', advice: 'mount it again' },
  ENOTCONN: { failure: 'unreachable', advice: 'mount it again' },
  EHOSTDOWN: { failure: 'unreachable', advice: 'mount it again' },
  ETIMEDOUT: { failure: 'unreachable', advice: 'mount it again' },
};

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof StoreError) || error.failure !== 'missing') throw error;
}

/** The last part of a key as the walk orders it; undefined for what is neither a folder nor an object, and for a name that is not UTF-8. */
function nameOf(entry: Dirent): string | undefined {
  if (entry.name.includes('\ufffd')) return undefined;
  if (entry.isDirectory()) return `${entry.name}/`;
  return entry.isFile() ? entry.name : undefined;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function readChunk(file: FileHandle, at: number, end: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(chunkSize, end - at)));
  if (buffer.length === 0) return buffer;
  const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
  return buffer.subarray(0, bytesRead);
}
