import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import {
  answers,
  answersOkWithError,
  breaksAnswerAfter,
  hangs,
  resetsAfter,
  S3Faults,
  stallsAnswerAfter,
  swallowsAnswer,
} from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { S3Bucket } from '#shared/s3/bucket.ts';
import { S3Error, type S3Failure } from '#shared/s3/failure.ts';
import type { S3Options } from '#shared/s3/options.ts';

const part = 5 * 2 ** 20;
/** Two parts and a bit. */
const body = randomBytes(2 * part + 1000);
const unavailable = answers(503, 'ServiceUnavailable');

test('503s for a while in the middle of a part: the upload waits and goes on', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.during(1500, 'part', unavailable);
  await upload(bucket, 'x');
  assert.ok(faults.count('part') > 3, `${faults.count('part')} parts were tried`);
  await isWhole(bucket, 'x');
  assert.deepEqual(await place.keys(), ['x']);
});

for (const [operation, whole] of [
  ['begin', body],
  ['complete', body],
  ['put', Buffer.from('small')],
] as const)
  test(`503s for a while at ${operation}: it is tried again`, async (t) => {
    const { bucket, faults } = await setUp(t);
    faults.next(operation, unavailable, 2);
    await upload(bucket, 'x', whole);
    assert.equal(faults.count(operation), 3);
    await isWhole(bucket, 'x', whole);
  });

test('a hung part is given up and sent again', async (t) => {
  const { bucket, faults } = await setUp(t, { timeout: 700 });
  faults.next('part', hangs);
  await upload(bucket, 'x');
  assert.equal(faults.count('part'), 4);
  await isWhole(bucket, 'x');
});

test('a connection that is reset in the middle of a part', async (t) => {
  const { bucket, faults } = await setUp(t);
  faults.next('part', resetsAfter(1_000_000), 2);
  await upload(bucket, 'x');
  assert.equal(faults.count('part'), 5);
  await isWhole(bucket, 'x');
});

test('a lost answer to a part', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('part', swallowsAnswer, 2);
  await upload(bucket, 'x');
  await isWhole(bucket, 'x');
  assert.deepEqual(await place.keys(), ['x']);
});

test('a lost answer to complete: exactly one object', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('complete', swallowsAnswer);
  await upload(bucket, 'x');
  assert.equal(faults.count('complete'), 2);
  await isWhole(bucket, 'x');
  assert.deepEqual(await place.keys(), ['x']);
  assert.deepEqual(await place.openUploads(), []);
});

test('a server that has forgotten the upload after the lost answer to complete', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('complete', swallowsAnswer);
  faults.next('complete', answers(404, 'NoSuchUpload'));
  await upload(bucket, 'x');
  assert.equal(faults.count('head'), 1);
  assert.deepEqual(await place.keys(), ['x']);
});

test('an upload that somebody else ended is no object, also where one of that name is there', async (t) => {
  const { bucket, faults } = await setUp(t);
  await bucket.put('x', Buffer.from('of somebody else'));
  faults.next('complete', answers(404, 'NoSuchUpload'));
  await fails(upload(bucket, 'x'), 'other', /complete x: NoSuchUpload: .*somebody else ended the upload/);
  await isWhole(bucket, 'x', Buffer.from('of somebody else'));
});

test('complete answers 200 with an error', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('complete', answersOkWithError('InternalError'), 2);
  await upload(bucket, 'x');
  assert.equal(faults.count('complete'), 3);
  await isWhole(bucket, 'x');
  assert.deepEqual(await place.keys(), ['x']);
});

test('complete that is refused for good: nothing appears, and nothing is left', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('complete', answers(400, 'InvalidPart'));
  await fails(upload(bucket, 'x'), 'other', /InvalidPart/);
  assert.deepEqual(await place.keys(), []);
  assert.deepEqual(await place.openUploads(), []);
});

test('an object whose answers are all lost is taken back by abort', async (t) => {
  const { bucket, faults, place } = await setUp(t, { patience: 500 });
  faults.next('put', swallowsAnswer, 100);
  await fails(upload(bucket, 'x', Buffer.from('small')), 'unreachable', /write x: .* after \d+ attempts/);
  assert.deepEqual(await place.keys(), []);
});

test('a lost answer to begin leaves no second upload', needs('ceph'), async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('begin', swallowsAnswer);
  await upload(bucket, 'x');
  assert.deepEqual(await place.openUploads(), []);
  await isWhole(bucket, 'x');
});

test('a lost answer to a put with ifAbsent: it is ours', needs('ceph'), async (t) => {
  const { bucket, faults } = await setUp(t);
  await bucket.put('known', Buffer.from('x'), { ifAbsent: true });
  faults.next('put', swallowsAnswer);
  await bucket.put('x', Buffer.from('ours'), { ifAbsent: true });
  await isWhole(bucket, 'x', Buffer.from('ours'));
  faults.next('put', unavailable);
  await fails(bucket.put('x', Buffer.from('another'), { ifAbsent: true }), 'exists', /write x: there is one already/);
});

test('an expired token is denied at once, with what to do', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('part', answers(400, 'ExpiredToken', 'The provided token has expired.'), 100);
  await fails(
    upload(bucket, 'x'),
    'denied',
    /ExpiredToken: The provided token has expired\. \(status 400\); .*AWS_SESSION_TOKEN/,
  );
  assert.ok(faults.count('part') <= 3, `${faults.count('part')} parts were tried`);
  assert.deepEqual(await place.keys(), []);
  assert.deepEqual(await place.openUploads(), []);
});

test('a server that is not there: unreachable, after the patience is over', async (t) => {
  const retries: string[] = [];
  const { bucket } = await setUp(t, { endpoint: 'http://127.0.0.1:1', patience: 500, onRetry: (what) => retries.push(what) });
  await fails(bucket.put('x', body), 'unreachable', /ECONNREFUSED.* after \d+ attempts; check AWS_ENDPOINT_URL_S3/);
  assert.match(retries[0] ?? '', /cannot write x: ECONNREFUSED/);
});

test('abort ends what waits for its next attempt', async (t) => {
  const { bucket, faults, place } = await setUp(t);
  faults.next('part', unavailable, 1000);
  const begun = bucket.upload('x');
  for (let at = 0; at < 2; at += 1) await begun.write(body.subarray(0, part));
  const waiting = assert.rejects(begun.write(body).then(() => begun.commit()));
  await until('parts were refused', () => faults.count('part') > 3);
  await begun.abort();
  await waiting;
  assert.deepEqual(await place.keys(), []);
  assert.deepEqual(await place.openUploads(), []);
});

test('an answer that is broken off again and again is resumed where it ended', async (t) => {
  const { bucket, faults } = await setUp(t);
  await upload(bucket, 'x');
  faults.next('get', breaksAnswerAfter(3_000_000), 3);
  await isWhole(bucket, 'x');
  assert.equal(faults.count('get'), 4);
  faults.next('get', breaksAnswerAfter(1000));
  const [start, end] = [4_000_000, 7_000_001];
  assert.ok(Buffer.concat(await Array.fromAsync(bucket.read('x', { start, end }))).equals(body.subarray(start, end)));
});

test('an answer that comes no further is resumed', async (t) => {
  const { bucket, faults } = await setUp(t, { timeout: 700 });
  await upload(bucket, 'x');
  faults.next('get', stallsAnswerAfter(3_000_000));
  await isWhole(bucket, 'x');
  assert.equal(faults.count('get'), 2);
});

test('an object that is replaced while it is read is not mixed', async (t) => {
  const { bucket, faults } = await setUp(t);
  await upload(bucket, 'x');
  faults.next('get', breaksAnswerAfter(3_000_000));
  const read = async () => {
    for await (const _ of bucket.read('x')) if (faults.count('put') === 0) await bucket.put('x', randomBytes(body.length));
  };
  await fails(read(), 'other', /read x: it was replaced while it was read/);
});

test('reading ends where nothing comes at all', async (t) => {
  const { bucket, faults } = await setUp(t, { patience: 600 });
  await upload(bucket, 'x');
  faults.next('get', breaksAnswerAfter(0), 100);
  await fails(Array.fromAsync(bucket.read('x')), 'unreachable', /read x: it is broken off at byte 0 again and again/);
});

test('listing survives 503s and an answer that is cut off', async (t) => {
  const { bucket, faults } = await setUp(t);
  await bucket.put('x', Buffer.from('x'));
  faults.next('list', unavailable);
  faults.next('list', breaksAnswerAfter(200));
  assert.deepEqual(
    (await Array.fromAsync(bucket.list(''))).map(({ key }) => key),
    ['x'],
  );
});

/** A bucket of the best server of this machine, seen through faults. */
async function setUp(t: TestContext, options: S3Options = {}) {
  const place = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, place.access.endpoint);
  const bucket = await S3Bucket.open(place.name, '', { ...place.access, endpoint: faults.url, partSize: part, ...options });
  atEnd(t, () => bucket.close());
  return { bucket, faults, place };
}

/** Uploads as a backup is: what fails is aborted. */
async function upload(bucket: S3Bucket, key: string, content = body): Promise<void> {
  const begun = bucket.upload(key);
  try {
    for (let at = 0; at < content.length; at += 700_000) await begun.write(content.subarray(at, at + 700_000));
    await begun.commit();
  } catch (error) {
    await begun.abort();
    throw error;
  }
}

async function isWhole(bucket: S3Bucket, key: string, content = body): Promise<void> {
  const got = Buffer.concat(await Array.fromAsync(bucket.read(key)));
  assert.ok(got.equals(content), `${got.length} of ${content.length} bytes`);
}

async function fails(work: Promise<unknown>, failure: S3Failure, message?: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof S3Error, String(error));
    assert.equal(error.failure, failure, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}
