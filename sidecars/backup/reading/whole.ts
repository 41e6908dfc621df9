import { createHash } from 'node:crypto';
import type { ByteSource } from '../bytes.ts';
import type { StoredPart } from '../catalog/manifest.ts';

/** What a store has is not what was written there. The message says which file, where and what. */
export class Damaged extends Error {
  override readonly name = 'Damaged';
}

/**
 * Lets the stored bytes of a part pass, and holds them against what the manifest says of them.
 * @throws Damaged after the last byte, where there are more or fewer, or others.
 */
export async function* whole(source: ByteSource, part: StoredPart): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== part.storedBytes)
    throw new Damaged(`${part.file} has ${bytes} bytes, and had ${part.storedBytes} when it was written`);
  if (hash.digest('hex') !== part.storedSha256)
    throw new Damaged(`${part.file} is not what was written: its SHA-256 is another one than that of the manifest`);
}
