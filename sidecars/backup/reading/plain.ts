import { messageOf } from '#shared/exit.ts';
import { decompress, FrameError } from '../archive/decompress.ts';
import type { ByteSource } from '../bytes.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { isFramed } from '../catalog/keys.ts';
import type { Manifest, StoredPart } from '../catalog/manifest.ts';
import { decrypt } from '../encryption/age.ts';
import { AgeError } from '../encryption/age-error.ts';
import type { DecryptWith } from '../encryption/header.ts';
import { StoreError } from '../stores/store.ts';
import { Damaged, whole } from './whole.ts';

/** A backup is encrypted, and there is nothing to decrypt it with. */
export class NoKey extends Error {
  override readonly name = 'NoKey';

  constructor({ id, encryption }: Pick<Manifest, 'id' | 'encryption'>) {
    const what = encryption === 'passphrase' ? 'a passphrase: set BACKUP_PASSPHRASE' : 'to recipients: set BACKUP_AGE_IDENTITY';
    super(`${id} is encrypted ${encryption === 'passphrase' ? 'with ' : ''}${what}, or its _FILE`);
  }
}

/**
 * The plain bytes of a part of a backup: read, held against its manifest, decrypted, decompressed.
 * @throws NoKey at once; StoreError, AgeError where the key is wrong, Damaged while it is read.
 */
export function plainOf(
  catalog: Catalog,
  backup: Pick<Manifest, 'id' | 'encryption'>,
  part: StoredPart,
  key: DecryptWith | undefined,
): ByteSource {
  const stored = whole(catalog.read(part.file), part);
  const unpacked = isFramed(part.file) ? decompress : (bytes: ByteSource) => bytes;
  if (backup.encryption === 'none') return named(part, unpacked(stored));
  if (key === undefined) throw new NoKey(backup);
  return named(part, unpacked(decrypt(stored, key)));
}

/** Says of damage which file it is in. */
async function* named({ file }: StoredPart, plain: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* plain;
  } catch (error) {
    if (error instanceof FrameError || (error instanceof AgeError && error.failure !== 'key'))
      throw new Damaged(`${file}: ${messageOf(error)}`, { cause: error });
    if (error instanceof StoreError && error.failure === 'missing')
      throw new Damaged(`${file} is gone: ${messageOf(error)}`, { cause: error });
    throw error;
  }
}
