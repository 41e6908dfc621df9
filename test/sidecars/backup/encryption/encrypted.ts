import { decrypt, encryptTo } from '../../../../sidecars/backup/encryption/age.ts';
import type { DecryptWith, EncryptTo } from '../../../../sidecars/backup/encryption/header.ts';
import { all, inChunks, Kept } from '../bytes.ts';

/** Encrypts in one go, written in chunks of some size. */
export async function encrypted(plain: Uint8Array, to: EncryptTo, size?: number): Promise<{ bytes: Buffer; fileKey: Buffer }> {
  const kept = new Kept();
  const sink = await encryptTo(kept, to);
  for await (const chunk of inChunks(plain, size)) await sink.write(chunk);
  await sink.end();
  if (!kept.ended) throw new Error('the stage behind is not ended');
  return { bytes: kept.bytes, fileKey: sink.fileKey };
}

/** Decrypts in one go. */
export async function decrypted(bytes: Uint8Array, key: DecryptWith, size?: number): Promise<Buffer> {
  return all(decrypt(inChunks(bytes, size), key));
}

/** Bytes that are all different over any short distance, and always the same ones. */
export function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) bytes[at] = (at * 31 + (at >> 8) * 17 + (at >> 16)) & 255;
  return bytes;
}

/** Sizes around the ends of age's chunks of 64 KiB. */
export const sizes = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000];
