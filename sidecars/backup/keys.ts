import type { BackupSettings } from './config.ts';
import type { DecryptWith, EncryptTo } from './encryption/header.ts';

/** Whom new backups are encrypted to; undefined where they are not. */
export function encryptionOf({ ageRecipients, passphrase }: BackupSettings): EncryptTo | undefined {
  if (passphrase !== undefined) return { passphrase };
  return ageRecipients === undefined ? undefined : { recipients: ageRecipients };
}

/** What backups that are there can be decrypted with; undefined where nothing is given. */
export function decryptionOf({ ageIdentity, passphrase }: BackupSettings): DecryptWith | undefined {
  if (passphrase !== undefined) return { passphrase };
  return ageIdentity === undefined ? undefined : { identities: ageIdentity };
}
