import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { synchroniseFolder } from '#shared/durable.ts';
import { codeOf } from '#shared/exit.ts';

const ending = /\.[0-9a-f]{16}\.sidekick-part$/;

/** The name or key that a temporary file was to become; undefined for any other name. */
export function finalName(name: string): string | undefined {
  return ending.test(name) ? name.replace(ending, '') : undefined;
}

/**
 * A file that is written beside the place where it will be, under a name of its own: `NAME.16 digits.sidekick-part`. It takes its place as
 * a whole, and durably; whatever happens before leaves nothing there.
 */
export class TemporaryFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();
  #open = true;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Makes one for this path, and the folders that it needs. @throws the system's error. */
  static async create(path: string): Promise<TemporaryFile> {
    const temporary = `${path}.${randomBytes(8).toString('hex')}.sidekick-part`;
    await makeFolder(dirname(path));
    return new TemporaryFile(path, temporary, await open(temporary, 'wx', 0o600));
  }

  /**
   * Appends; resolves when the chunk before this one is written, so that the next one is made meanwhile.
   * @throws the system's error; then nothing is left.
   */
  async write(chunk: Uint8Array): Promise<void> {
    await this.#settle(this.#writing);
    this.#mustBeOpen();
    this.#writing = writeAll(this.#file, chunk);
    // heard of at the next call
    this.#writing.catch(() => {});
  }

  /** Takes the place of whatever is there. @throws the system's error; then nothing is left. */
  async replace(): Promise<void> {
    await this.#settle(this.#finish().then(() => rename(this.#temporary, this.#path)));
    await synchroniseFolder(dirname(this.#path));
  }

  /** Takes its place, where nothing is. @throws the system's error, EEXIST where something is; then nothing is left. */
  async appear(): Promise<void> {
    await this.#settle(this.#finish().then(() => takeFreePlace(this.#temporary, this.#path)));
    await synchroniseFolder(dirname(this.#path));
  }

  /** Leaves nothing. @throws the system's error. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #finish(): Promise<void> {
    this.#mustBeOpen();
    await this.#writing;
    await this.#file.sync();
    await this.#close();
  }

  async #settle(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      // a full disk gets its room back at once
      await this.discard().catch(() => {});
      throw error;
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw new Error(`${this.#temporary} is given up already`);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

/** Gives a file its final name, unless that is in use. */
async function takeFreePlace(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) return takePlaceWithoutLinks(temporary, path);
    // over a network the answer to a link may be lost, and its repetition then finds the name
    if (code !== 'EEXIST' || (await lstat(temporary)).nlink !== 2) throw error;
  }
  await rm(temporary);
}

/** Where a file system knows no second name for a file: an empty file holds the place until the rename, which replaces it. */
async function takePlaceWithoutLinks(temporary: string, path: string): Promise<void> {
  await (await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)).close();
  await rename(temporary, path);
}

/** Makes a folder and all above it, durably. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await synchroniseFolder(dirname(made));
}
