import { Frames, type FramesOptions } from '../archive/frames.ts';
import type { ByteSink } from '../bytes.ts';
import type { StoredPart } from '../catalog/manifest.ts';
import { encryptTo } from '../encryption/age.ts';
import type { EncryptTo } from '../encryption/header.ts';
import type { Copies } from './copies.ts';
import { Digest } from './digest.ts';
import { Gathered } from './gathered.ts';

/** How a part is written. */
export interface PartOptions {
  /** Whom it is encrypted to; nobody where it is undefined. */
  readonly to: EncryptTo | undefined;
  /** How many bytes will be stored, at most about, where that is known. */
  readonly expected?: number | undefined;
}

/** Where the bytes of a part go, whatever they are. */
interface Way {
  readonly sink: ByteSink;
  readonly fileKey: Buffer | undefined;
  /** Makes it appear in the stores. */
  readonly commit: (plain: { readonly bytes: number; readonly sha256: string } | undefined) => Promise<StoredPart>;
}

/** Begins a part in every store: (age) → digest → copies. @throws NoStoreLeft, AgeError */
async function begin(copies: Copies, file: string, { to, expected }: PartOptions): Promise<Way> {
  const uploads = await copies.begin(file, expected);
  const digest = new Digest(uploads);
  const encrypted = to === undefined ? undefined : await encryptTo(digest, to);
  const commit: Way['commit'] = async (plain) => {
    await uploads.commit();
    const stored = { bytes: digest.bytes, sha256: digest.hex() };
    const { bytes, sha256 } = plain ?? stored;
    return { file, plainBytes: bytes, plainSha256: sha256, storedBytes: stored.bytes, storedSha256: stored.sha256 };
  };
  return { sink: encrypted ?? digest, fileKey: encrypted?.fileKey, commit };
}

/**
 * One part of a backup on its way into the stores:
 *
 *     frames → (age) → digest → copies
 */
export class WrittenPart {
  readonly frames: Frames;
  readonly #way: Way;

  private constructor(way: Way, frames: FramesOptions) {
    this.#way = way;
    this.frames = new Frames(way.sink, frames);
  }

  /** Begins a part in every store. @throws NoStoreLeft, AgeError */
  static async begin(
    copies: Copies,
    file: string,
    { to, expected, ...frames }: FramesOptions & PartOptions,
  ): Promise<WrittenPart> {
    return new WrittenPart(await begin(copies, file, { to, expected }), frames);
  }

  /** The key that it is encrypted with; it stays in memory, for reading the part back. */
  get fileKey(): Buffer | undefined {
    return this.#way.fileKey;
  }

  /** Makes it appear in the stores, once its frames have ended. @throws NoStoreLeft */
  async commit(): Promise<StoredPart> {
    const { plainBytes, plainSha256 } = this.frames.total;
    return this.#way.commit({ bytes: plainBytes, sha256: plainSha256 });
  }
}

/**
 * A part that comes compressed already, and is only carried:
 *
 *     gathered → digest → (age) → digest → copies
 */
export class CarriedPart implements ByteSink {
  readonly #way: Way;
  /** Of what is encrypted; what is not is hashed once. */
  readonly #plain: Digest | undefined;
  readonly #gathered: Gathered;

  private constructor(way: Way, encrypted: boolean) {
    this.#way = way;
    this.#plain = encrypted ? new Digest(way.sink) : undefined;
    this.#gathered = new Gathered(this.#plain ?? way.sink);
  }

  /** Begins a part in every store. @throws NoStoreLeft, AgeError */
  static async begin(copies: Copies, file: string, options: PartOptions): Promise<CarriedPart> {
    return new CarriedPart(await begin(copies, file, options), options.to !== undefined);
  }

  get fileKey(): Buffer | undefined {
    return this.#way.fileKey;
  }

  /** @throws NoStoreLeft */
  write(chunk: Uint8Array): Promise<void> {
    return this.#gathered.write(chunk);
  }

  /** @throws NoStoreLeft */
  end(): Promise<void> {
    return this.#gathered.end();
  }

  /** Makes it appear in the stores, once it has ended. @throws NoStoreLeft */
  commit(): Promise<StoredPart> {
    return this.#way.commit(this.#plain && { bytes: this.#plain.bytes, sha256: this.#plain.hex() });
  }
}
