import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { answers, S3Faults, swallowsAnswer, takesPart } from '#harness/s3-faults.ts';
import { bestS3, type TestBucket, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { S3Bucket } from '#shared/s3/bucket.ts';
import { S3Error } from '#shared/s3/failure.ts';
import type { S3Options } from '#shared/s3/options.ts';

const x = Buffer.from('x');
const part = 5 * 2 ** 20;

test('a server that ignores conditions is found out, and asked first from then on', async (t) => {
  const { bucket } = await open(t, await testBucket(t, 'in-process'));
  assert.equal(bucket.conditions, true, 'assumed');
  await bucket.learnConditions('');
  assert.equal(bucket.conditions, false);
  await bucket.put('a', x, { ifAbsent: true });
  await assert.rejects(bucket.put('a', x, { ifAbsent: true }), { failure: 'exists' });
  await bucket.put('b', x, { ifAbsent: true });
});

test('a server that refuses conditions is one without them', async (t) => {
  const place = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, place.access.endpoint);
  faults.next('put', answers(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented'), 2);
  const { bucket } = await open(t, place, { endpoint: faults.url });
  await bucket.put('a', x, { ifAbsent: true });
  assert.equal(bucket.conditions, false);
  assert.deepEqual(await place.keys(), ['a']);
});

test('conditions that hold are found out once', needs('ceph'), async (t) => {
  const place = await testBucket(t, 'ceph');
  const faults = await S3Faults.start(t, place.access.endpoint);
  const { bucket } = await open(t, place, { endpoint: faults.url });
  await bucket.put('db1/a', x, { ifAbsent: true });
  assert.deepEqual(operations(faults), ['put', 'put', 'remove', 'put']);
  assert.equal(bucket.conditions, true);
  await bucket.learnConditions('db1/');
  await bucket.put('db1/b', x, { ifAbsent: true });
  assert.deepEqual(operations(faults).slice(4), ['put']);
  assert.deepEqual(await place.keys(), ['db1/a', 'db1/b']);
});

test('a lost answer does not hide that conditions hold', needs('ceph'), async (t) => {
  const place = await testBucket(t, 'ceph');
  const faults = await S3Faults.start(t, place.access.endpoint);
  const { bucket } = await open(t, place, { endpoint: faults.url });
  faults.next('put', swallowsAnswer);
  await bucket.learnConditions('');
  assert.equal(bucket.conditions, true);
  assert.deepEqual(await place.keys(), []);
});

test('conditions that are told are not looked for', async (t) => {
  const place = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, place.access.endpoint);
  const { bucket } = await open(t, place, { endpoint: faults.url, conditions: false });
  assert.equal(bucket.conditions, false);
  await bucket.put('a', x, { ifAbsent: true });
  assert.deepEqual(operations(faults), ['head', 'put']);
});

test('what is expected decides how large the parts are, and what that takes is told before anything is sent', async (t) => {
  const place = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, place.access.endpoint);
  // the server in this process takes no parts as large as these
  for (const operation of ['part', 'complete'] as const) faults.next(operation, takesPart, Number.POSITIVE_INFINITY);
  const warnings: string[] = [];
  const { bucket } = await open(t, place, { endpoint: faults.url, onWarning: (message) => warnings.push(message) });
  const upload = bucket.upload('a', 100 * 2 ** 30);
  for (let count = 0; count < 33; count += 1) await upload.write(Buffer.alloc(2 ** 20));
  await upload.commit();
  assert.deepEqual(operations(faults), ['begin', 'part', 'part', 'part', 'complete']);
  const sizes = faults.seen.filter(({ operation }) => operation === 'part').map(({ headers }) => headers['content-length']);
  assert.deepEqual(
    sizes.map(Number).toSorted((a, b) => a - b),
    [2 ** 20, 2 ** 24, 2 ** 24],
  );
  await bucket.upload('b', 200 * 2 ** 30).abort();
  assert.deepEqual(warnings, []);
  await bucket.upload('b', 600 * 2 ** 30).abort();
  const [warning = '', ...more] = warnings;
  assert.match(
    warning,
    /^s3:\S+: about 600 GiB are expected of b, and S3 takes 10000 parts of it at most: 2 of 96 MiB are held in memory at a time, which makes 192 MiB; give the process as much more, or save less in one object$/,
  );
  assert.equal(more.length, 0);
  assert.throws(
    () => bucket.upload('b', 50 * 2 ** 40),
    /^S3Error: s3:\S+ cannot write b: about 51200 GiB are expected, and 10000 parts, which is all that S3 takes, hold 40000 GiB; save less in one object$/,
  );
});

test('an object lock: nobody removes it before its time, and then all of it goes', needs('ceph'), async (t) => {
  const place = await testBucket(t, 'ceph', { lock: true });
  const { bucket } = await open(t, place, { lock: { mode: 'COMPLIANCE', duration: 4000 }, partSize: part });
  const upload = bucket.upload('archive');
  for (let count = 0; count < 6; count += 1) await upload.write(Buffer.alloc(2 ** 20));
  await upload.commit();
  await bucket.put('manifest', x);
  await bucket.put('manifest', Buffer.from('it was verified'));
  await bucket.put('lease', x, { shortLived: true });
  await bucket.put('lease', x, { shortLived: true });
  for (const key of ['archive', 'manifest'])
    await assert.rejects(bucket.remove(key), {
      failure: 'locked',
      message: new RegExp(`remove ${key}: .*an object lock holds it`),
    });
  await bucket.remove('lease');
  assert.deepEqual(await place.versions(), ['archive', 'manifest', 'manifest']);
  await until('the lock is over', () =>
    bucket.remove('archive').then(
      () => true,
      (error) => {
        assert.equal(error.failure, 'locked');
        return false;
      },
    ),
  );
  await until('the other lock is over', () =>
    bucket.remove('manifest').then(
      () => true,
      () => false,
    ),
  );
  assert.deepEqual(await place.versions(), []);
});

test('an object lock on a bucket that has none: what to do', needs('ceph'), async (t) => {
  const { bucket } = await open(t, await testBucket(t, 'ceph'), { lock: { mode: 'GOVERNANCE', duration: 1000 } });
  await assert.rejects(bucket.put('a', x), {
    failure: 'other',
    message: /an object lock, which needs a bucket that was made with it/,
  });
  await bucket.put('a', x, { shortLived: true });
});

for (const [name, encryption] of [
  ['a key of the key management', { kind: 'aws:kms', keyId: 'testkey' }],
  ['a key of ours', { kind: 'customer', key: randomBytes(32) }],
] as const)
  test(`encryption with ${name}`, needs('ceph'), async (t) => {
    const place = await testBucket(t, 'ceph');
    const { bucket } = await open(t, place, { encryption, partSize: part });
    const body = randomBytes(part + 1000);
    const upload = bucket.upload('large');
    await upload.write(body);
    await upload.commit();
    await bucket.put('small', x);
    assert.ok(Buffer.concat(await Array.fromAsync(bucket.read('large'))).equals(body));
    assert.ok(Buffer.concat(await Array.fromAsync(bucket.read('small'))).equals(x));
    if (encryption.kind !== 'customer') return;
    const { bucket: without } = await open(t, place);
    await assert.rejects(Array.fromAsync(without.read('small')), S3Error);
  });

test('a storage class is that of uploads, and not of what is read often', needs('ceph'), async (t) => {
  const place = await testBucket(t, 'ceph');
  const { bucket } = await open(t, place, { storageClass: 'STANDARD_IA', partSize: part });
  const large = bucket.upload('large');
  await large.write(randomBytes(part + 1));
  await large.commit();
  const small = bucket.upload('small');
  await small.write(x);
  await small.commit();
  await bucket.put('manifest', x);
  assert.deepEqual(await place.storageClasses(), { large: 'STANDARD_IA', small: 'STANDARD_IA', manifest: 'STANDARD' });
  const { bucket: strange } = await open(t, place, { storageClass: 'STRANGE' });
  await assert.rejects(strange.upload('b').commit(), {
    failure: 'other',
    message: /storage class STRANGE: check that the server has it/,
  });
});

test('encryption by the server is asked for', async (t) => {
  const place = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, place.access.endpoint);
  const { bucket } = await open(t, place, { endpoint: faults.url, encryption: { kind: 'AES256' } });
  await bucket.put('a', x);
  assert.equal(faults.seen[0]?.headers['x-amz-server-side-encryption'], 'AES256');
});

test('checksums go with what is sent, and can be left out', async (t) => {
  const place = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, place.access.endpoint);
  const body = randomBytes(part + 1);
  for (const checksums of [undefined, true, false]) {
    faults.seen.length = 0;
    const { bucket } = await open(t, place, { endpoint: faults.url, partSize: part, checksums });
    const upload = bucket.upload('a');
    await upload.write(body);
    await upload.commit();
    for (const { operation, headers } of faults.seen)
      if (operation === 'part') assert.equal(headers['x-amz-checksum-crc32'] !== undefined, checksums !== false, `${checksums}`);
    assert.ok(Buffer.concat(await Array.fromAsync(bucket.read('a'))).equals(body));
  }
});

test('a server with a certificate of its own authority', needs('openssl'), async (t) => {
  const place = await testBucket(t, bestS3());
  const authority = new Authority(t);
  const files = authority.issue('s3');
  const tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  const faults = await S3Faults.start(t, place.access.endpoint, tls);
  const { bucket } = await open(t, place, { endpoint: faults.url, ca: readFileSync(authority.ca, 'utf8') });
  await bucket.put('a', x);
  const { bucket: distrusting } = await open(t, place, { endpoint: faults.url });
  await assert.rejects(distrusting.put('a', x), { failure: 'unreachable', message: /give its certificate authority/ });
});

test('wrong keys, and a bucket that is not there', needs('ceph'), async (t) => {
  const place = await testBucket(t, 'ceph');
  const { bucket: stranger } = await open(t, place, { accessKeyId: 'STRANGER' });
  await assert.rejects(stranger.put('a', x), {
    failure: 'denied',
    message: /the server does not know the key in AWS_ACCESS_KEY_ID/,
  });
  const { bucket: forger } = await open(t, place, { secretAccessKey: 'forged' });
  await assert.rejects(Array.fromAsync(forger.list('')), { failure: 'denied', message: /AWS_SECRET_ACCESS_KEY does not belong/ });
  const nowhere = await S3Bucket.open('sidekick-nowhere', '', place.access);
  atEnd(t, () => nowhere.close());
  await assert.rejects(nowhere.put('a', x), { failure: 'other', message: /NoSuchBucket.*make the bucket, or correct its name/ });
});

function operations(faults: S3Faults): string[] {
  return faults.seen.map(({ operation }) => operation);
}

async function open(t: TestContext, place: TestBucket, options: S3Options = {}): Promise<{ bucket: S3Bucket }> {
  const bucket = await S3Bucket.open(place.name, '', { ...place.access, ...options });
  atEnd(t, () => bucket.close());
  return { bucket };
}
