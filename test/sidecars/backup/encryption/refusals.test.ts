import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { decrypt, encryptTo } from '../../../../sidecars/backup/encryption/age.ts';
import { AgeError } from '../../../../sidecars/backup/encryption/age-error.ts';
import { Kept } from '../bytes.ts';
import { decrypted, encrypted, sample } from './encrypted.ts';

const identity = await generateX25519Identity();
const recipient = await identityToRecipient(identity);
const passphrase = 'correct horse battery staple ü';

/** A low one: here it is not about how hard it is to guess. */
const workFactor = 10;

const failsWith = (failure: AgeError['failure'], message: RegExp) => (error: unknown) =>
  error instanceof AgeError && error.failure === failure && message.test(error.message);

describe('without the right key nothing is given', () => {
  test('wrong passphrase', async () => {
    const { bytes } = await encrypted(sample(10), { passphrase, workFactor });
    const wrong = failsWith('key', /^the passphrase is not the one that the file was encrypted with$/);
    await assert.rejects(decrypted(bytes, { passphrase: `${passphrase}!` }), wrong);
    await assert.rejects(
      decrypted(bytes, { identities: [identity] }),
      failsWith('key', /encrypted with a passphrase, and none is given/),
    );
  });

  test('no identity that fits', async () => {
    const { bytes } = await encrypted(sample(10), { recipients: [recipient, recipient] });
    const others = [await generateX25519Identity(), await generateHybridIdentity()];
    await assert.rejects(
      decrypted(bytes, { identities: others }),
      failsWith('key', /no identity is that of one of the 2 recipients/),
    );
    await assert.rejects(decrypted(bytes, { identities: [] }), failsWith('key', /no identity is that/));
    await assert.rejects(
      decrypted(bytes, { passphrase }),
      failsWith('key', /it takes the identity of one of them, and not a passphrase/),
    );
    await assert.rejects(decrypted(bytes, { identities: ['AGE-SECRET-KEY-1X'] }), failsWith('key', /identity 1 is none/));
  });

  test('the key of another file', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => encrypted(sample(10), { recipients: [recipient] })));
    assert.ok(one !== undefined && two !== undefined);
    await assert.rejects(decrypted(one.bytes, { fileKey: two.fileKey }), failsWith('key', /another key/));
  });

  test('a work factor beyond all memory', async () => {
    const { bytes } = await encrypted(sample(10), { passphrase, workFactor });
    const harder = Buffer.from(bytes.toString('latin1').replace(` ${workFactor}\n`, ' 30\n'), 'latin1');
    await assert.rejects(decrypted(harder, { passphrase }), failsWith('key', /a work factor of 30, which takes 1048576 MiB/));
  });
});

test('a recipient that is none is refused before anything is written', async () => {
  const kept = new Kept();
  for (const recipients of [[], ['age1x'], [recipient, 'nobody']])
    await assert.rejects(
      encryptTo(kept, { recipients }),
      failsWith('key', /a recipient of the encryption is none: .*; make one by age-keygen/),
    );
  assert.equal(kept.bytes.length, 0);
});

describe('bytes that are not as they were written', () => {
  const size = 150_000;

  test('are noticed wherever a bit is flipped, and told where', async () => {
    const { bytes, fileKey } = await encrypted(sample(size), { recipients: [recipient] });
    const begins = bytes.length - size - 3 * 16;
    const part = (index: number) => begins + index * 65_552;
    const flip = (place: number) => Buffer.from(bytes.map((byte, at) => (at === place ? byte ^ 4 : byte)));
    for (const place of [0, 25, 40, begins - 30, begins - 20]) {
      await assert.rejects(decrypted(flip(place), { identities: [identity] }), AgeError, `byte ${place} of the header`);
      await assert.rejects(decrypted(flip(place), { fileKey }), AgeError, `byte ${place} of the header, by the key of the file`);
    }
    const places = {
      nonce: [begins - 1, begins, 'damaged'],
      'first part': [begins + 5, part(0), 'damaged'],
      'tag of the first part': [part(1) - 1, part(0), 'damaged'],
      'second part': [part(1), part(1), 'damaged'],
      'last part': [part(2) + 1, part(2), 'truncated'],
      'last byte': [bytes.length - 1, part(2), 'truncated'],
    } as const;
    for (const [what, [place, position, failure]] of Object.entries(places)) {
      const noticed = (error: unknown) => error instanceof AgeError && error.failure === failure && error.position === position;
      await assert.rejects(decrypted(flip(place), { identities: [identity] }), noticed, `${what}, by an identity`);
      await assert.rejects(decrypted(flip(place), { fileKey }), noticed, `${what}, by the key of the file`);
    }
  });

  test('are never given, though what comes before them is', async () => {
    const { bytes, fileKey } = await encrypted(sample(size), { recipients: [recipient] });
    const flipped = Buffer.from(bytes);
    const at = bytes.length - 100;
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    let given = 0;
    const reading = async () => {
      for await (const chunk of decrypt(
        (async function* () {
          yield flipped;
        })(),
        { fileKey },
      )) {
        assert.ok(
          sample(size)
            .subarray(given, given + chunk.length)
            .equals(chunk),
        );
        given += chunk.length;
      }
    };
    await assert.rejects(reading(), AgeError);
    assert.equal(given, 131_072);
  });

  test('that are missing at the end are noticed at every length', async () => {
    for (const length of [0, 20, 65_536, 131_072]) {
      const { bytes, fileKey } = await encrypted(sample(length), { recipients: [recipient] });
      const begins = bytes.length - length - 16 * Math.max(1, Math.ceil(length / 65_536));
      const cuts = [1, 2, 15, 16, 17, 65_551, 65_552, 65_553, 65_568, length + 16, length + 40].filter(
        (cut) => cut < bytes.length,
      );
      for (const cut of cuts) {
        const end = bytes.length - cut;
        const noticed = (error: unknown) =>
          error instanceof AgeError && error.failure === 'truncated' && (error.message.includes(`byte ${end}`) || end === 0);
        await assert.rejects(
          decrypted(bytes.subarray(0, end), { fileKey }),
          noticed,
          `${length} bytes, cut by ${cut} of ${bytes.length - begins}`,
        );
      }
    }
  });

  test('that are too many are noticed', async () => {
    for (const length of [0, 65_536, 100_000]) {
      const { bytes, fileKey } = await encrypted(sample(length), { recipients: [recipient] });
      for (const more of [1, 16, 65_552, 70_000])
        await assert.rejects(
          decrypted(Buffer.concat([bytes, sample(more)]), { fileKey }),
          AgeError,
          `${length} and ${more} bytes`,
        );
    }
  });

  test('in another order are noticed', async () => {
    const { bytes, fileKey } = await encrypted(sample(size), { recipients: [recipient] });
    const begins = bytes.length - size - 3 * 16;
    const part = (index: number) => bytes.subarray(begins + index * 65_552, begins + (index + 1) * 65_552);
    const swapped = Buffer.concat([bytes.subarray(0, begins), part(1), part(0), part(2)]);
    await assert.rejects(decrypted(swapped, { fileKey }), failsWith('damaged', new RegExp(`bytes ${begins} to `)));
  });
});

describe('what is no age file', () => {
  const texts: Readonly<Record<string, readonly [Buffer, RegExp]>> = {
    nothing: [Buffer.alloc(0), /the file is empty/],
    'plain zstd': [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3]), /not encrypted by age, or not by version 1/],
    'another version': [Buffer.from('age-encryption.org/v2\n-> X25519 a\n'), /not by version 1 of it/],
    'armored text': [Buffer.from('-----BEGIN AGE ENCRYPTED FILE-----\nYWdl'), /armored as text; make it binary first/],
    'a header without an end': [Buffer.from(`age-encryption.org/v1\n${'-> x\n'.repeat(300_000)}`), /has no end within/],
  };
  for (const [what, [bytes, message]] of Object.entries(texts)) {
    test(`${what} is told so`, async () => {
      await assert.rejects(decrypted(bytes, { identities: [identity] }), failsWith('not-age', message));
    });
  }

  test('a broken header is damaged', async () => {
    const header = Buffer.from('age-encryption.org/v1\n-> X25519 a\nb\n--- c\nnonce of sixteen bytes');
    await assert.rejects(
      decrypted(header, { identities: [identity] }),
      failsWith('damaged', /the header of the encrypted file is damaged/),
    );
  });
});

test('the source is let go of, where nobody reads on', async () => {
  const { bytes, fileKey } = await encrypted(sample(300_000), { recipients: [recipient] });
  let closed = 0;
  const source = async function* () {
    try {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    } finally {
      closed += 1;
    }
  };
  for await (const chunk of decrypt(source(), { fileKey })) {
    assert.ok(chunk.length > 0);
    break;
  }
  await assert.rejects(Array.fromAsync(decrypt(source(), { fileKey: sample(16) })), AgeError);
  assert.equal(closed, 2);
});
