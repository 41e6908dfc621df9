import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM, hkdfSync } from 'node:crypto';
import type { ByteSink } from '../bytes.ts';
import { AgeError } from './age-error.ts';
import { Pieces } from './pieces.ts';

// The payload of age v1: https://c2sp.org/age#payload
const chunkBytes = 65_536;
const tagBytes = 16;
const sealedBytes = chunkBytes + tagBytes;

/** How many random bytes come before the first chunk. */
export const payloadNonceBytes = 16;

const algorithm = 'chacha20-poly1305';
const tagLength = { authTagLength: tagBytes } as const;

/** The key of one payload. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

/** A counter of the chunk in eleven bytes, and whether it is the last one. */
function chunkNonce(chunk: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(chunk, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/**
 * Encrypts what is written to it, in chunks of 64 KiB. The last chunk is marked, so one is held back until it is known whether more follows.
 * It is made of node:crypto, as the code of the age library in JavaScript is five times slower.
 */
export class PayloadSink implements ByteSink {
  readonly #sink: ByteSink;
  readonly #key: Buffer;
  readonly #pieces = new Pieces();
  #chunk = 0;

  constructor(sink: ByteSink, key: Buffer) {
    this.#sink = sink;
    this.#key = key;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#pieces.push(chunk);
    const whole = Math.ceil(this.#pieces.length / chunkBytes) - 1;
    if (whole <= 0) return;
    const sealed = Buffer.allocUnsafe(whole * sealedBytes);
    for (let index = 0; index < whole; index += 1)
      this.#seal(sealed.subarray(index * sealedBytes, (index + 1) * sealedBytes), false);
    await this.#sink.write(sealed);
  }

  async end(): Promise<void> {
    const sealed = Buffer.allocUnsafe(this.#pieces.length + tagBytes);
    this.#seal(sealed, true);
    await this.#sink.write(sealed);
    await this.#sink.end();
  }

  #seal(target: Buffer, last: boolean): void {
    const cipher: CipherGCM = createCipheriv(algorithm, this.#key, chunkNonce(this.#chunk, last), tagLength);
    this.#chunk += 1;
    let at = 0;
    for (const piece of this.#pieces.take(target.length - tagBytes)) {
      target.set(cipher.update(piece), at);
      at += piece.length;
    }
    cipher.final();
    target.set(cipher.getAuthTag(), at);
  }
}

/**
 * Decrypts a payload. Nothing of a chunk is given before all of it is known to be as it was written, and the end is only an end where it was marked as one.
 * @param begins where the first chunk is in the encrypted file, in bytes.
 * @throws AgeError with the position; what the source throws.
 */
export async function* openPayload(
  chunks: AsyncIterable<Uint8Array>,
  key: Buffer,
  begins: number,
): AsyncGenerator<Buffer, void, undefined> {
  const pieces = new Pieces();
  let chunk = 0;
  for await (const bytes of chunks) {
    pieces.push(bytes);
    // one byte more than a chunk tells that it is not the last one
    while (pieces.length > sealedBytes) {
      const sealed = pieces.take(sealedBytes);
      const opened = open(sealed, sealedBytes, key, chunkNonce(chunk, false));
      if (opened === undefined)
        throw damaged(chunk, begins, open(sealed, sealedBytes, key, chunkNonce(chunk, true)) !== undefined);
      chunk += 1;
      yield* opened;
    }
  }
  const { length } = pieces;
  const sealed = pieces.take(length);
  const opened = length < tagBytes ? undefined : open(sealed, length, key, chunkNonce(chunk, true));
  // only a payload that is empty as a whole has an empty chunk
  if (opened === undefined || (length === tagBytes && chunk > 0)) throw broken(sealed, length, key, chunk, begins);
  yield* opened;
}

/** The content of a chunk, or undefined where it is not as it was written. */
function open(sealed: readonly Uint8Array[], length: number, key: Buffer, nonce: Buffer): Buffer[] | undefined {
  const decipher: DecipherGCM = createDecipheriv(algorithm, key, nonce, tagLength);
  const opened: Buffer[] = [];
  const tag: Uint8Array[] = [];
  let left = length - tagBytes;
  for (const piece of sealed) {
    const content = piece.subarray(0, left);
    if (content.length > 0) opened.push(decipher.update(content));
    if (content.length < piece.length) tag.push(piece.subarray(content.length));
    left -= content.length;
  }
  try {
    decipher.setAuthTag(Buffer.concat(tag));
    decipher.final();
    return opened;
  } catch {
    return undefined;
  }
}

function damaged(chunk: number, begins: number, wasLast: boolean): AgeError {
  const position = begins + chunk * sealedBytes;
  if (wasLast)
    return new AgeError('damaged', `the encrypted file goes on behind its end at byte ${position + sealedBytes}`, {
      position: position + sealedBytes,
    });
  return new AgeError(
    'damaged',
    `the encrypted file is damaged: bytes ${position} to ${position + sealedBytes} are not as they were written`,
    { position },
  );
}

/** What is wrong with the end of a payload. */
function broken(sealed: readonly Uint8Array[], length: number, key: Buffer, chunk: number, begins: number): AgeError {
  const start = begins + chunk * sealedBytes;
  const end = start + length;
  const wholeWithoutEnd = length === sealedBytes && open(sealed, length, key, chunkNonce(chunk, false)) !== undefined;
  if (length <= tagBytes || wholeWithoutEnd)
    return new AgeError('truncated', `the encrypted file is cut: it ends at byte ${end}, without its last part`, {
      position: end,
    });
  if (length === sealedBytes) return damaged(chunk, begins, false);
  return new AgeError(
    'truncated',
    `the encrypted file is cut or damaged: it ends at byte ${end}, and its last part, from byte ${start}, is not as it was written`,
    { position: start },
  );
}
