import { randomBytes } from 'node:crypto';
import type { ByteSink, ByteSource } from '../bytes.ts';
import { AgeError } from './age-error.ts';
import { type DecryptWith, type EncryptTo, headerOf, makeHeader, openHeader } from './header.ts';
import { openPayload, PayloadSink, payloadKey, payloadNonceBytes } from './payload.ts';

/** A stage that encrypts. */
export interface EncryptingSink extends ByteSink {
  /** The key of this one file: with it who has written the file can read it back, without an identity. It is never stored. */
  readonly fileKey: Buffer;
}

/**
 * Encrypts to an age file (https://c2sp.org/age), which `age -d` decrypts. The header is written at once.
 * @throws AgeError where a recipient is none; what the sink throws.
 */
export async function encryptTo(sink: ByteSink, to: EncryptTo): Promise<EncryptingSink> {
  const { header, fileKey } = await makeHeader(to);
  const nonce = randomBytes(payloadNonceBytes);
  await sink.write(Buffer.concat([header, nonce]));
  const payload = new PayloadSink(sink, payloadKey(fileKey, nonce));
  return { fileKey, write: (chunk) => payload.write(chunk), end: () => payload.end() };
}

/**
 * Decrypts an age file. Nothing is given that is not as it was written.
 * @throws AgeError, while it is read: with the position where it is cut or damaged; what the source throws.
 */
export async function* decrypt(source: ByteSource, key: DecryptWith): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    let head = Buffer.alloc(0);
    let header: Buffer | undefined;
    while (header === undefined || head.length < header.length + payloadNonceBytes) {
      const next = await chunks.next();
      if (next.done === true) throw cutHead(head, header);
      head = Buffer.concat([head, next.value]);
      header ??= headerOf(head);
    }
    const begins = header.length + payloadNonceBytes;
    const fileKey = await openHeader(header, key);
    yield* openPayload(
      startingWith(head.subarray(begins), chunks),
      payloadKey(fileKey, head.subarray(header.length, begins)),
      begins,
    );
  } finally {
    await chunks.return?.();
  }
}

function cutHead(head: Buffer, header: Buffer | undefined): AgeError {
  if (head.length === 0) return new AgeError('not-age', 'the file is empty', { position: 0 });
  const part = header === undefined ? 'within its header' : 'before its content';
  return new AgeError('truncated', `the encrypted file is cut: it ends at byte ${head.length}, ${part}`, {
    position: head.length,
  });
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
