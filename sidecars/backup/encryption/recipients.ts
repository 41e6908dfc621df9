import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { checkBech32 } from './bech32.ts';

/** The recipients that age has of its own, by what they begin with: how many bytes they hold, and whether a quantum computer is no help against them. */
const kinds: Readonly<Record<string, { readonly bytes: number; readonly postQuantum: boolean }>> = {
  age: { bytes: 32, postQuantum: false },
  age1tag: { bytes: 33, postQuantum: false },
  age1pq: { bytes: 1216, postQuantum: true },
  age1tagpq: { bytes: 1249, postQuantum: true },
};

/**
 * Whom backups are encrypted to: `age1…`, separated by commas or line ends. Lines that begin with `#` are comments, as in the files of `age -R`.
 * What is wrong in one is found here, though not whether it is a point of its curve.
 */
export const recipients: Kind<readonly string[]> = {
  name: 'list of age recipients',
  parse: (text) => {
    const found = partsOf(text);
    if (found.length === 0 && text !== '') throw new Invalid('names nobody');
    for (const [index, recipient] of found.entries()) check(recipient, found.length > 1 ? `its part ${index + 1} ` : '');
    if (new Set(found.map((recipient) => kindOf(recipient)?.postQuantum)).size > 1)
      throw new Invalid(
        'mixes post-quantum recipients (age1pq1…) with others, which age refuses: the others make it no safer than they are',
      );
    return found;
  },
  format: (values) => values.join(','),
  join: (texts) => texts.join('\n'),
};

/**
 * The secret keys that backups are decrypted with: the content of a file that `age-keygen` wrote, with its comments, or several of them.
 * No text of it gets into a message.
 */
export const identities: Kind<readonly string[]> = {
  name: 'secret list of age identities',
  secret: true,
  parse: (text) => {
    if (/^(age-encryption\.org\/|-----BEGIN AGE)/.test(text.trimStart()))
      throw new Invalid('is encrypted itself; decrypt it first: age -d key.age');
    const found = partsOf(text);
    if (found.length === 0 && text !== '') throw new Invalid('holds no key, which begins with AGE-SECRET-KEY-1');
    for (const [index, identity] of found.entries()) {
      const place = found.length > 1 ? `its key ${index + 1} ` : '';
      if (identity.startsWith('AGE-PLUGIN-')) throw new Invalid(`${place}needs a plugin, which the sidecar has none of`);
      const key = identity === identity.toUpperCase() ? checkBech32(identity) : undefined;
      if (key === undefined || key.bytes !== 32 || !['age-secret-key-', 'age-secret-key-pq-'].includes(key.prefix))
        throw new Invalid(
          `${place}is no identity, which begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1, or has a wrong letter`,
        );
    }
    return found;
  },
  format: (values) => values.join('\n'),
};

function partsOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
  return lines.flatMap((line) => line.split(',').map((part) => part.trim())).filter((part) => part !== '');
}

function check(recipient: string, place: string): void {
  if (/^AGE-SECRET-KEY-/i.test(recipient))
    throw new Invalid(`${place}is a secret key; give the public one, which begins with age1`);
  if (/^ssh-/.test(recipient)) throw new Invalid(`${place}is a key of SSH; make one by age-keygen, which begins with age1`);
  if (!recipient.startsWith('age1')) throw new Invalid(`${place}is no recipient, which begins with age1`);
  const key = checkBech32(recipient);
  if (key === undefined) throw new Invalid(`${place}is no recipient: a letter is wrong or missing`);
  const kind = kindOf(recipient);
  if (kind === undefined) throw new Invalid(`${place}needs a plugin, which the sidecar has none of`);
  if (key.bytes !== kind.bytes) throw new Invalid(`${place}is no recipient: it has another length`);
}

function kindOf(recipient: string): { readonly bytes: number; readonly postQuantum: boolean } | undefined {
  return kinds[recipient.slice(0, recipient.lastIndexOf('1'))];
}
