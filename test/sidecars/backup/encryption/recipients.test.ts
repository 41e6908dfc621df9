import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { checkBech32 } from '../../../../sidecars/backup/encryption/bech32.ts';
import { identities, recipients } from '../../../../sidecars/backup/encryption/recipients.ts';

const [secret, postQuantum] = [await generateX25519Identity(), await generateHybridIdentity()];
const [one, two] = [await identityToRecipient(secret), await identityToRecipient(await generateX25519Identity())];
const hybrid = await identityToRecipient(postQuantum);

describe('Bech32', () => {
  test('as in BIP 173', () => {
    for (const good of ['A12UEL5L', 'a12uel5l', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', '?1ezyfcl'])
      assert.ok(checkBech32(good), good);
    for (const bad of [
      '',
      '1',
      'pzry9x0s0muk',
      '1pzry9x0s0muk',
      'x1b4n0q5v',
      'li1dgmt3',
      'A1G7SGD8',
      '10a06t8',
      'A12uel5l',
      'a12uel5m',
    ])
      assert.equal(checkBech32(bad), undefined, bad);
  });

  test('notices every single letter that is wrong', () => {
    for (let at = 0; at < one.length; at += 1) {
      const wrong = one.slice(0, at) + (one[at] === 'q' ? 'p' : 'q') + one.slice(at + 1);
      assert.equal(checkBech32(wrong), undefined, `letter ${at + 1}`);
    }
    assert.deepEqual(checkBech32(one), { prefix: 'age', bytes: 32 });
  });
});

describe('recipients', () => {
  test('are read from a list, and from a file with comments', () => {
    assert.deepEqual(recipients.parse(`${one}, ${two}`), [one, two]);
    assert.deepEqual(recipients.parse(`# both of us, and nobody else\n${one}\n\n  # mine\n${two}\n`), [one, two]);
    assert.deepEqual(recipients.parse(hybrid), [hybrid]);
    assert.deepEqual(recipients.parse(recipients.format([one, two])), [one, two]);
    assert.deepEqual(recipients.parse(''), []);
    assert.equal(recipients.join?.([one, two]), `${one}\n${two}`);
  });

  const wrong: Readonly<Record<string, readonly [string, RegExp]>> = {
    nobody: ['# nobody', /names nobody/],
    'a word': ['backup', /is no recipient, which begins with age1/],
    'a typing error': [one.replace(/.$/, (letter) => (letter === 'q' ? 'p' : 'q')), /a letter is wrong or missing/],
    'one of several': [`${one},age1x`, /its part 2 is no recipient/],
    'a secret key': [secret, /is a secret key; give the public one/],
    'a key of SSH': ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@host', /is a key of SSH; make one by age-keygen/],
    'one of a plugin': ['age1yubikey1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qursw5p6jtd', /needs a plugin/],
    'a mixture': [`${hybrid}\n${one}`, /mixes post-quantum recipients/],
  };
  for (const [what, [text, message]] of Object.entries(wrong)) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => recipients.parse(text),
        (error: Error) => message.test(error.message) && !error.message.includes(secret),
      );
    });
  }
});

describe('identities', () => {
  test('are read from what age-keygen writes', needs('age'), () => {
    const file = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    assert.match(file, /^# created: /);
    const [key = ''] = identities.parse(file);
    assert.match(key, /^AGE-SECRET-KEY-1/);
  });

  test('may be several, with comments', () => {
    assert.deepEqual(identities.parse(`# old\n${secret}\n# new\r\n${postQuantum}\r\n`), [secret, postQuantum]);
    assert.deepEqual(identities.parse(identities.format([secret, postQuantum])), [secret, postQuantum]);
    assert.ok(identities.secret);
  });

  const wrong: Readonly<Record<string, readonly [string, RegExp]>> = {
    'a file without keys': ['# none', /holds no key/],
    'a recipient': [one, /is no identity, which begins with AGE-SECRET-KEY-1/],
    'a typing error': [secret.replace(/.$/, (letter) => (letter === 'Q' ? 'P' : 'Q')), /or has a wrong letter/],
    'the second of two': [`${secret}\nAGE-SECRET-KEY-1QQ`, /its key 2 is no identity/],
    'an encrypted file': ['age-encryption.org/v1\n-> scrypt', /is encrypted itself; decrypt it first/],
    'an armored file': ['-----BEGIN AGE ENCRYPTED FILE-----', /is encrypted itself/],
    'one of a plugin': ['AGE-PLUGIN-YUBIKEY-1QQQ', /needs a plugin/],
  };
  for (const [what, [text, message]] of Object.entries(wrong)) {
    test(`${what} is refused, without its text in the message`, () => {
      assert.throws(
        () => identities.parse(text),
        (error: Error) => message.test(error.message) && !error.message.includes(text.slice(-10)),
      );
    });
  }
});
