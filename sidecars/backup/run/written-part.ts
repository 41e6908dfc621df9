import { Frames, type FramesOptions } from '../archive/frames.ts';
import type { ByteSink } from '../bytes.ts';
import type { StoredPart } from '../catalog/manifest.ts';
import { encryptTo } from '../encryption/age.ts';
import type { EncryptTo } from '../encryption/header.ts';
import type { Copies, FileCopies } from './copies.ts';
import { Digest } from './digest.ts';

/**
 * One part of a backup on its way into the stores:
 *
 *     frames → (age) → digest → copies
 */
export class WrittenPart {
  readonly frames: Frames;
  /** The key that it is encrypted with; it stays in memory, for reading the part back. */
  readonly fileKey: Buffer | undefined;
  readonly #file: string;
  readonly #digest: Digest;
  readonly #copies: FileCopies;

  private constructor(
    file: string,
    copies: FileCopies,
    digest: Digest,
    encrypted: ByteSink & { readonly fileKey?: Buffer },
    frames: FramesOptions,
  ) {
    this.#file = file;
    this.#copies = copies;
    this.#digest = digest;
    this.fileKey = encrypted.fileKey;
    this.frames = new Frames(encrypted, frames);
  }

  /** Begins a part in every store. @param expected how many bytes will be stored, at most about, where that is known. @throws NoStoreLeft, AgeError */
  static async begin(
    copies: Copies,
    file: string,
    { to, expected, ...frames }: FramesOptions & { readonly to: EncryptTo | undefined; readonly expected?: number | undefined },
  ): Promise<WrittenPart> {
    const uploads = await copies.begin(file, expected);
    const digest = new Digest(uploads);
    const encrypted: ByteSink & { readonly fileKey?: Buffer } = to === undefined ? digest : await encryptTo(digest, to);
    return new WrittenPart(file, uploads, digest, encrypted, frames);
  }

  /** Makes it appear in the stores, once its frames have ended. @throws NoStoreLeft */
  async commit(): Promise<StoredPart> {
    await this.#copies.commit();
    const { plainBytes, plainSha256 } = this.frames.total;
    return { file: this.#file, plainBytes, plainSha256, storedBytes: this.#digest.bytes, storedSha256: this.#digest.hex() };
  }
}
