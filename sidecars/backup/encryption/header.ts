import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Identity, Stanza } from 'age-encryption';
import { messageOf } from '#shared/exit.ts';
import { AgeError } from './age-error.ts';
import { defaultWorkFactor, passphraseIdentity, passphraseRecipient } from './passphrase.ts';

/** Who can decrypt. The work factor makes a passphrase harder to try; see {@link defaultWorkFactor}. */
export type EncryptTo =
  | { readonly recipients: readonly string[] }
  | { readonly passphrase: string; readonly workFactor?: number };

/** What is decrypted with. `fileKey` is that of one file: whoever has just written it needs no identity to read it. */
export type DecryptWith =
  | { readonly identities: readonly string[] }
  | { readonly passphrase: string }
  | { readonly fileKey: Uint8Array };

const version = Buffer.from('age-encryption.org/v1\n');
const armor = Buffer.from('-----BEGIN AGE');
const macLine = Buffer.from('\n--- ');

/** No header of ours is longer: one post-quantum recipient takes 1.6 KB. */
export const longestHeader = 2 ** 20;

/**
 * Makes the header of an age file. The library wraps the file key for every sort of recipient, and gives it to each: one of them, which adds
 * nothing to the header, keeps it. The empty payload that it makes is thrown away.
 * @throws AgeError where a recipient is none.
 */
export async function makeHeader(to: EncryptTo): Promise<{ header: Buffer; fileKey: Buffer }> {
  const { Encrypter, Stanza } = await import('./library.ts');
  const encrypter = new Encrypter();
  let fileKey: Buffer | undefined;
  try {
    if ('passphrase' in to) {
      const { passphrase, workFactor = defaultWorkFactor } = to;
      encrypter.addRecipient(passphraseRecipient(passphrase, workFactor, (args, body) => new Stanza(args, body)));
    } else {
      if (to.recipients.length === 0) throw new Error('there is none');
      for (const recipient of to.recipients) encrypter.addRecipient(recipient);
    }
    encrypter.addRecipient({
      wrapFileKey: (key) => {
        fileKey = Buffer.from(key);
        return [];
      },
    });
    // a stream and no bytes: for those the library goes through a Response, and Node loads undici for it
    const empty = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    const header = headerOf(Buffer.concat(await Array.fromAsync(await encrypter.encrypt(empty))));
    if (header === undefined || fileKey === undefined) throw new Error('the age library made no header');
    return { header, fileKey };
  } catch (error) {
    if (error instanceof AgeError) throw error;
    throw new AgeError('key', `a recipient of the encryption is none: ${messageOf(error)}; make one by age-keygen`, {
      cause: error,
    });
  }
}

/**
 * Cuts the header off the beginning of an age file.
 * @returns undefined where more bytes are needed to tell.
 * @throws AgeError where it is no age file.
 */
export function headerOf(bytes: Buffer): Buffer | undefined {
  const known = Math.min(bytes.length, version.length);
  if (!bytes.subarray(0, known).equals(version.subarray(0, known))) throw notAge(bytes);
  const mac = bytes.indexOf(macLine);
  const end = mac === -1 ? -1 : bytes.indexOf('\n', mac + macLine.length);
  if (end !== -1) return bytes.subarray(0, end + 1);
  if (bytes.length > longestHeader)
    throw new AgeError('not-age', `the file is encrypted, and its header has no end within ${longestHeader} bytes`, {
      position: 0,
    });
  return undefined;
}

function notAge(bytes: Buffer): AgeError {
  const message = bytes.subarray(0, armor.length).equals(armor)
    ? 'the file is encrypted, and armored as text; make it binary first: age -d FILE | age -r RECIPIENT'
    : 'the file is not encrypted by age, or not by version 1 of it';
  return new AgeError('not-age', message, { position: 0 });
}

/** Finds the file key in a header. @throws AgeError */
export async function openHeader(header: Buffer, key: DecryptWith): Promise<Uint8Array> {
  if ('fileKey' in key) {
    if (!isMadeWith(header, key.fileKey))
      throw new AgeError('key', 'the encrypted file has another key than the one that was just written', { position: 0 });
    return key.fileKey;
  }
  const { Decrypter } = await import('./library.ts');
  const decrypter = new Decrypter();
  if ('passphrase' in key) decrypter.addIdentity(passphraseIdentity(key.passphrase));
  else addIdentities(decrypter, key.identities);
  // asked last, where no one before it knew the key
  decrypter.addIdentity(new Nobody('passphrase' in key));
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    if (error instanceof AgeError) throw error;
    throw new AgeError('damaged', `the header of the encrypted file is damaged: ${messageOf(error)}`, {
      cause: error,
      position: 0,
    });
  }
}

function addIdentities(decrypter: { addIdentity(identity: string): void }, identities: readonly string[]): void {
  for (const [index, identity] of identities.entries()) {
    try {
      decrypter.addIdentity(identity);
    } catch (error) {
      throw new AgeError('key', `identity ${index + 1} is none: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Whom nothing is encrypted to. It tells for whom a file is instead. */
class Nobody implements Identity {
  readonly #gavePassphrase: boolean;

  constructor(gavePassphrase: boolean) {
    this.#gavePassphrase = gavePassphrase;
  }

  unwrapFileKey(stanzas: Stanza[]): never {
    const takesPassphrase = stanzas.some(({ args }) => args[0] === 'scrypt');
    throw new AgeError('key', this.#explain(takesPassphrase, stanzas.length));
  }

  #explain(takesPassphrase: boolean, count: number): string {
    if (takesPassphrase && this.#gavePassphrase) return 'the passphrase is not the one that the file was encrypted with';
    if (takesPassphrase) return 'the file is encrypted with a passphrase, and none is given';
    if (this.#gavePassphrase)
      return 'the file is encrypted to recipients: it takes the identity of one of them, and not a passphrase';
    return `no identity is that of one of the ${count} recipients that the file is encrypted to`;
  }
}

/** Whether the header was made with this file key, and nobody changed it since. */
function isMadeWith(header: Buffer, fileKey: Uint8Array): boolean {
  const end = header.lastIndexOf(macLine) + macLine.length;
  const mac = Buffer.from(header.toString('latin1', end, header.length - 1), 'base64');
  const key = Buffer.from(hkdfSync('sha256', fileKey, '', 'header', 32));
  const right = createHmac('sha256', key)
    .update(header.subarray(0, end - 1))
    .digest();
  return mac.length === right.length && timingSafeEqual(mac, right);
}
