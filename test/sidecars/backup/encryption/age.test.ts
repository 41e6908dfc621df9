import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Decrypter, Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { encryptTo } from '../../../../sidecars/backup/encryption/age.ts';
import { Kept } from '../bytes.ts';
import { decrypted, encrypted, sample, sizes } from './encrypted.ts';

const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const passphrase = 'correct horse battery staple ü';

/** A low one: here it is not about how hard it is to guess. */
const workFactor = 10;

describe('what is encrypted', () => {
  for (const size of sizes) {
    test(`is decrypted again: ${size} bytes, in chunks of any size`, async () => {
      const plain = sample(size);
      for (const chunk of [1000, 65_536, 100_000]) {
        const { bytes, fileKey } = await encrypted(plain, { recipients: [recipient] }, chunk);
        assert.ok((await decrypted(bytes, { identities: [identity] }, chunk)).equals(plain));
        assert.ok((await decrypted(bytes, { fileKey }, 70_001)).equals(plain), 'by the key of the file alone');
      }
    });
  }

  test('in tiny chunks', async () => {
    const plain = sample(70_000);
    const { bytes, fileKey } = await encrypted(plain, { recipients: [recipient] }, 11);
    assert.ok((await decrypted(bytes, { fileKey }, 7)).equals(plain));
  });

  test('is decrypted by any of its recipients, whatever other identities are tried first', async () => {
    const others = await Promise.all([generateX25519Identity(), generateHybridIdentity(), generateX25519Identity()]);
    const to = [recipient, await identityToRecipient(others[2])];
    const { bytes } = await encrypted(sample(10), { recipients: to });
    for (const last of [identity, others[2]])
      assert.ok((await decrypted(bytes, { identities: [others[0], others[1], last] })).equals(sample(10)));
  });

  test('with a passphrase', async () => {
    const { bytes, fileKey } = await encrypted(sample(100_000), { passphrase, workFactor });
    assert.ok((await decrypted(bytes, { passphrase })).equals(sample(100_000)));
    assert.ok((await decrypted(bytes, { fileKey })).equals(sample(100_000)));
  });

  test('to post-quantum recipients', async () => {
    const hybrid = await generateHybridIdentity();
    const { bytes } = await encrypted(sample(100_000), { recipients: [await identityToRecipient(hybrid)] });
    assert.match(bytes.toString('latin1', 0, 60), /^age-encryption\.org\/v1\n-> mlkem768x25519 /);
    assert.ok((await decrypted(bytes, { identities: [hybrid] })).equals(sample(100_000)));
  });

  test('has another key and other bytes each time', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => encrypted(sample(10), { recipients: [recipient] })));
    assert.ok(one !== undefined && two !== undefined && !one.fileKey.equals(two.fileKey) && !one.bytes.equals(two.bytes));
    assert.equal(one.fileKey.length, 16);
  });

  test('waits for the stage behind, and writes no chunk in two', async () => {
    const kept = new Kept();
    const sink = await encryptTo(kept, { recipients: [recipient] });
    const header = kept.bytes.length;
    await sink.write(sample(65_536));
    assert.equal(kept.bytes.length, header, 'it could be the last one');
    await sink.write(sample(131_073));
    assert.equal(kept.bytes.length, header + 3 * 65_552);
    await sink.end();
    assert.equal(kept.bytes.length, header + 3 * 65_552 + 1 + 16);
  });
});

describe('the age library', () => {
  test('reads what we write', async () => {
    const byKey = new Decrypter();
    byKey.addIdentity(identity);
    const byPassphrase = new Decrypter();
    byPassphrase.addPassphrase(passphrase);
    for (const size of sizes) {
      const toRecipient = await encrypted(sample(size), { recipients: [recipient] });
      assert.ok(Buffer.from(await byKey.decrypt(toRecipient.bytes)).equals(sample(size)), `${size} bytes`);
    }
    const withPassphrase = await encrypted(sample(100), { passphrase, workFactor });
    assert.ok(Buffer.from(await byPassphrase.decrypt(withPassphrase.bytes)).equals(sample(100)));
  });

  test('writes what we read', async () => {
    const toRecipient = new Encrypter();
    toRecipient.addRecipient(recipient);
    const withPassphrase = new Encrypter();
    withPassphrase.setPassphrase(passphrase);
    withPassphrase.setScryptWorkFactor(workFactor);
    for (const size of sizes)
      assert.ok((await decrypted(await toRecipient.encrypt(sample(size)), { identities: [identity] })).equals(sample(size)));
    assert.ok((await decrypted(await withPassphrase.encrypt(sample(100)), { passphrase })).equals(sample(100)));
  });
});

describe('age of Debian', needs('age'), () => {
  /** Files for the command, which takes keys from files only. */
  function files(t: TestContext) {
    const folder = temporaryFolder(t);
    const path = (name: string) => join(folder, name);
    writeFileSync(path('key'), `${identity}\n`);
    return path;
  }

  test('reads what we write', async (t) => {
    const path = files(t);
    for (const size of sizes) {
      const { bytes } = await encrypted(sample(size), { recipients: [recipient] });
      const plain = execFileSync('age', ['-d', '-i', path('key')], { input: bytes, maxBuffer: 2 ** 24 });
      assert.ok(plain.equals(sample(size)), `${size} bytes`);
    }
  });

  test('writes what we read', async (t) => {
    const path = files(t);
    writeFileSync(path('recipients'), `# us\n${recipient}\n`);
    for (const size of sizes) {
      const bytes = execFileSync('age', ['-e', '-R', path('recipients')], { input: sample(size), maxBuffer: 2 ** 24 });
      assert.ok((await decrypted(bytes, { identities: [identity] })).equals(sample(size)), `${size} bytes`);
    }
  });

  test('takes our passphrases, and we take its own', needs('linux'), async (t) => {
    const path = files(t);
    const { bytes } = await encrypted(sample(100_000), { passphrase });
    writeFileSync(path('ours.age'), bytes);
    onTerminal(`age -d -o ${path('ours')} ${path('ours.age')}`, [passphrase]);
    assert.ok(readFileSync(path('ours')).equals(sample(100_000)));
    writeFileSync(path('plain'), sample(70_000));
    onTerminal(`age -p -o ${path('its.age')} ${path('plain')}`, [passphrase, passphrase]);
    const its = readFileSync(path('its.age'));
    assert.match(its.toString('latin1', 0, 100), /\n-> scrypt \S+ 18\n/);
    assert.ok((await decrypted(its, { passphrase })).equals(sample(70_000)));
  });
});

/** Runs a command on a terminal of its own, and types lines: age asks for a passphrase nowhere else. */
function onTerminal(command: string, lines: readonly string[]): void {
  const input = lines.map((line) => `${line}\n`).join('');
  const { status, stdout } = spawnSync('script', ['-qec', command, '/dev/null'], { input, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 0, stdout);
}
