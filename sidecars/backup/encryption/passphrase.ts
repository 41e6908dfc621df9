import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { Identity, Recipient, Stanza } from 'age-encryption';
import { AgeError } from './age-error.ts';

// The scrypt recipient of age v1: https://c2sp.org/age#the-scrypt-recipient-type
const label = Buffer.from('age-encryption.org/v1/scrypt');
const algorithm = 'chacha20-poly1305';
const zeroNonce = Buffer.alloc(12);
const tagBytes = 16;
const wrappedBytes = 32;
const saltBytes = 16;
const blockSize = 8;

/**
 * How hard a passphrase is to try, as the logarithm of 2. age itself takes 18, and with it 256 MiB of memory, which a sidecar does not have;
 * this takes 32 MiB and an eighth of the time. A passphrase that was made at random, and not thought up, needs none of it.
 */
export const defaultWorkFactor = 15;

/** A higher work factor is refused: 1 GiB of memory. */
const highestWorkFactor = 20;

/**
 * Wraps the file key for who knows the passphrase. The library's own scrypt is JavaScript and holds up everything else meanwhile; that of OpenSSL
 * runs in another thread.
 */
export function passphraseRecipient(
  passphrase: string,
  workFactor: number,
  make: (args: string[], body: Uint8Array) => Stanza,
): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      const salt = randomBytes(saltBytes);
      const cipher = createCipheriv(algorithm, await derive(passphrase, salt, workFactor), zeroNonce, {
        authTagLength: tagBytes,
      });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [make(['scrypt', unpadded(salt), String(workFactor)], body)];
    },
  };
}

/** Unwraps the file key of a file that was encrypted with a passphrase; null where it is another passphrase, or the file has none. */
export function passphraseIdentity(passphrase: string): Identity {
  return {
    unwrapFileKey: async (stanzas) => {
      const stanza = stanzas.find(({ args }) => args[0] === 'scrypt');
      if (stanza === undefined) return null;
      const [, saltText = '', factorText = ''] = stanza.args;
      const salt = Buffer.from(saltText, 'base64');
      const malformed =
        stanzas.length > 1 || stanza.args.length !== 3 || salt.length !== saltBytes || unpadded(salt) !== saltText;
      if (malformed || !/^[1-9]\d*$/.test(factorText) || stanza.body.length !== wrappedBytes)
        throw new AgeError(
          'damaged',
          'the header of the encrypted file is damaged: what it says of its passphrase is no part of age',
          { position: 0 },
        );
      const key = await derive(passphrase, salt, Number(factorText));
      const decipher = createDecipheriv(algorithm, key, zeroNonce, { authTagLength: tagBytes });
      try {
        const content = decipher.update(stanza.body.subarray(0, -tagBytes));
        decipher.setAuthTag(stanza.body.subarray(-tagBytes));
        decipher.final();
        return content;
      } catch {
        return null;
      }
    },
  };
}

async function derive(passphrase: string, salt: Buffer, workFactor: number): Promise<Buffer> {
  const cost = 2 ** workFactor;
  const memory = 128 * blockSize * cost;
  const limit = process.constrainedMemory();
  const mebibytes = memory / 2 ** 20;
  if (workFactor > highestWorkFactor)
    throw new AgeError(
      'key',
      `the file is encrypted with a work factor of ${workFactor}, which takes ${mebibytes} MiB of memory; the highest is ${highestWorkFactor}`,
    );
  if (limit > 0 && memory > limit)
    throw new AgeError(
      'key',
      `a passphrase with the work factor ${workFactor} takes ${mebibytes} MiB of memory, and this container has ${Math.floor(limit / 2 ** 20)}; run it with more, such as --memory ${2 * mebibytes}m`,
    );
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const options = { N: cost, r: blockSize, p: 1, maxmem: 2 * memory };
  scrypt(passphrase, Buffer.concat([label, salt]), 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  return promise;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
