// Each line is in the bucket once, whatever happens to the sidecar and to its requests.
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, type SidecarProcess, startSidecar } from '#harness/process.ts';
import { seeded } from '#harness/random.ts';
import { recordsOf } from '#harness/receiver.ts';
import { answers, resetsAfter, S3Faults, swallowsAnswer } from '#harness/s3-faults.ts';
import { bestS3, type TestBucket, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { objectName } from '../../../../sidecars/logs/sinks/object-name.ts';

const decompress = promisify(zstdDecompress);

/** A bucket, a folder of log files, and settings that lead from one to the other. */
async function scene(t: TestContext, endpoint?: (real: string) => Promise<string>) {
  const bucket = await testBucket(t, bestS3());
  const { accessKeyId, secretAccessKey, region } = bucket.access;
  const folder = temporaryFolder(t);
  const env = {
    LOGS_PATHS: join(folder, '*.log'),
    LOGS_TO: `s3://${bucket.name}/some/logs`,
    LOGS_STATE: temporaryFolder(t),
    LOGS_HOST: 'web',
    LOGS_LINGER: '500ms',
    LOGS_OBJECT_WAIT: '100ms',
    AWS_ENDPOINT_URL_S3: endpoint === undefined ? bucket.access.endpoint : await endpoint(bucket.access.endpoint),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  };
  return { bucket, folder, env, file: join(folder, 'app.log') };
}

/** The messages of all objects by the life of their file, in the order of their names. */
async function messagesIn(bucket: TestBucket): Promise<Map<string, string[]>> {
  const lives = new Map<string, string[]>();
  for (const { key, body } of await objectsIn(bucket)) {
    const life = key.slice(0, key.lastIndexOf('/'));
    const messages = recordsOf((await decompress(body)).toString()).map(({ message }) => message);
    lives.getOrInsert(life, []).push(...messages);
  }
  return lives;
}

async function objectsIn(bucket: TestBucket): Promise<{ key: string; body: Uint8Array }[]> {
  const objects: { key: string; body: Uint8Array }[] = [];
  let token: string | undefined;
  do {
    const page = await bucket.client.send(
      new ListObjectsV2Command({ Bucket: bucket.name, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key }));
      objects.push({ key: Key, body: (await Body?.transformToByteArray()) ?? new Uint8Array() });
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
}

function linesOf(count: number, name = 'line'): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index} ${'x'.repeat(index % 90)}`);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

test('a job puts each file into objects of its own, in the order of the file', async (t) => {
  const { bucket, folder, env, file } = await scene(t);
  const lines = linesOf(2000);
  writeFileSync(file, `${text(lines)}without an end`);
  writeFileSync(join(folder, 'other.log'), 'alone\n');
  const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true', LOGS_OBJECT_BYTES: '32Ki' });
  assert.equal(code, 0, stderr);
  const lives = await messagesIn(bucket);
  assert.deepEqual([...lives.values()], [[...lines, 'without an end'], ['alone']]);
  const prefix = `some/logs/web${folder}`;
  for (const key of lives.keys()) assert.match(key, /\/(app|other)\.log\/\d{8}T\d{9}Z-[0-9a-f]{10}$/);
  for (const key of lives.keys()) assert.ok(key.startsWith(prefix), key);
  const objects = await objectsIn(bucket);
  assert.ok(objects.length > 4, `${objects.length} objects`);
  for (const { body } of objects) assert.ok((await decompress(body)).length <= 32 * 1024);
});

test('lines wait until there are enough for an object, or for as long as they may, or until the sidecar stops', async (t) => {
  const { bucket, folder, env, file } = await scene(t);
  writeFileSync(file, 'early\n');
  const sidecar = startSidecar(t, 'logs', { ...env, LOGS_OBJECT_WAIT: '1h', LOGS_OBJECT_BYTES: '32Ki' });
  await sidecar.says('started');
  const many = linesOf(1000);
  writeFileSync(join(folder, 'busy.log'), text(many));
  await until('the object of the busy file is there', async () => (await bucket.keys()).length > 0);
  assert.deepEqual(
    (await bucket.keys()).filter((key) => key.includes('app.log')),
    [],
  );
  const { code, stdout } = await sidecar.stop();
  assert.equal(code, 0, stdout);
  assert.deepEqual([...(await messagesIn(bucket)).values()], [['early'], many]);

  const again = startSidecar(t, 'logs', env);
  appendFileSync(file, 'late\n');
  await until('the late line is there', async () => (await bucket.keys()).filter((key) => key.includes('app.log')).length === 2);
  await again.stop();
  assert.deepEqual([...(await messagesIn(bucket)).values()], [['early', 'late'], many]);
});

test('killed again and again, with requests that fail and answers that are lost, each line is there once', async (t) => {
  let faults: S3Faults | undefined;
  const { bucket, folder, env, file } = await scene(t, async (real) => {
    faults = await S3Faults.start(t, real);
    return faults.url;
  });
  assert.ok(faults);
  const random = seeded(t);
  const written: string[] = [];
  const write = (count: number) => {
    const lines = linesOf(written.length + count).slice(written.length);
    appendFileSync(file, text(lines));
    written.push(...lines);
  };
  const settings = { ...env, LOGS_OBJECT_BYTES: '16Ki' };
  for (let round = 0; round < 4; round += 1) {
    write(1 + random.below(200));
    if (round === 2) renameSync(file, join(folder, 'app.log.1'));
    faults.next('put', random.pick([swallowsAnswer, answers(503, 'SlowDown'), resetsAfter(100)]));
    const enough = faults.count('put') + 1 + random.below(5);
    const sidecar = startSidecar(t, 'logs', settings);
    await until('requests came', () => {
      write(random.below(20));
      return Number(faults?.count('put')) >= enough;
    });
    await sidecar.stop('SIGKILL');
  }
  const { code, stderr } = await runSidecar(t, 'logs', { ...settings, LOGS_ONCE: 'true' });
  assert.equal(code, 0, stderr);
  const lives = await messagesIn(bucket);
  assert.equal(lives.size, 2);
  assert.deepEqual([...lives.values()].flat(), written);
});

test('a file that was truncated begins a life of its own, and takes nothing of the one before', async (t) => {
  const { bucket, env, file } = await scene(t);
  writeFileSync(file, text(linesOf(5, 'before')));
  const sidecar = startSidecar(t, 'logs', env);
  await until('the first life is there', async () => (await bucket.keys()).length === 1);
  truncateSync(file);
  appendFileSync(file, text(linesOf(3, 'after')));
  await until('the second one is there', async () => (await bucket.keys()).length === 2);
  await sidecar.stop('SIGKILL');
  writeFileSync(file, text(linesOf(9, 'while it was down')));
  assert.equal((await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' })).code, 0);
  assert.deepEqual(
    [...(await messagesIn(bucket)).values()],
    [linesOf(5, 'before'), linesOf(3, 'after'), linesOf(9, 'while it was down')],
  );
});

test('of lines that are all left out there is no object, and those behind them come', async (t) => {
  const { bucket, env, file } = await scene(t);
  writeFileSync(file, `${text(linesOf(3000, 'dull'))}keen\n${text(linesOf(2000, 'dull'))}`);
  const settings = { ...env, LOGS_ONCE: 'true', LOGS_OBJECT_BYTES: '16Ki', LOGS_EXCLUDE_LINES: '^dull' };
  const { code, stderr } = await runSidecar(t, 'logs', settings);
  assert.equal(code, 0, stderr);
  assert.deepEqual([...(await messagesIn(bucket)).values()], [['keen']]);
  appendFileSync(file, 'more\n');
  assert.equal((await runSidecar(t, 'logs', settings)).code, 0);
  assert.deepEqual([...(await messagesIn(bucket)).values()], [['keen', 'more']]);
});

test('what the server will not take is told with advice, and sent when it does', async (t) => {
  const { bucket, env, file } = await scene(t);
  writeFileSync(file, 'one\n');
  const missing = `${bucket.name}-later`;
  const sidecar = startSidecar(t, 'logs', { ...env, LOGS_TO: `s3://${missing}` });
  await until('the sink is degraded', () => reasonsOf(sidecar).some((reason) => /NoSuchBucket.*make the bucket/.test(reason)));
  await bucket.client.send(new CreateBucketCommand({ Bucket: missing }));
  const other = Object.assign(Object.create(bucket), { name: missing }) as TestBucket;
  await until('the object is there', async () => (await objectsIn(other)).length === 1);
  await sidecar.stop();
  assert.deepEqual([...(await messagesIn(other)).values()], [['one']]);
});

test('over TLS with an authority of its own; with another one nothing is sent', needs('openssl'), async (t) => {
  const [ours, theirs] = [new Authority(t, 'ours'), new Authority(t, 'theirs')];
  const { cert, key } = ours.issue('server');
  let faults: S3Faults | undefined;
  const { bucket, env, file } = await scene(t, async (real) => {
    faults = await S3Faults.start(t, real, { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') });
    return faults.url;
  });
  writeFileSync(file, 'one\n');
  const wrong = startSidecar(t, 'logs', { ...env, LOGS_CA: theirs.ca });
  await until('it says why', () => reasonsOf(wrong).some((reason) => /certificate/.test(reason)));
  await wrong.stop('SIGKILL');
  assert.equal(faults?.count('put'), 0);
  const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_CA: ours.ca, LOGS_ONCE: 'true' });
  assert.equal(code, 0, stderr);
  assert.deepEqual([...(await messagesIn(bucket)).values()], [['one']]);
});

test('--check reaches out, and leaves nothing behind', async (t) => {
  const { bucket, env } = await scene(t);
  const good = await runSidecar(t, 'logs', env, ['--check']);
  assert.match(good.stdout, new RegExp(`s3://${bucket.name}/some/logs answers`));
  assert.equal(good.code, 0, good.stdout);
  assert.deepEqual(await bucket.keys(), []);
  const bad = await runSidecar(t, 'logs', { ...env, LOGS_TO: `s3://${bucket.name}-not` }, ['--check']);
  assert.match(bad.stdout, /NoSuchBucket.*make the bucket/);
  assert.equal(bad.code, 1);
});

test('the name of an object', () => {
  const life = '20261127T062500123Z-9f86d081e4';
  const of = (host: string, file: string, start = 0) => objectName(host, { file, life, start });
  assert.equal(of('web', '/var/log/app.log', 8_388_608), `web/var/log/app.log/${life}/0000000008388608.ndjson.zst`);
  assert.equal(of('a/b', '/x/ä 1%\n/../y.log'), `a%2Fb/x/ä 1%25%0A/%2E%2E/y.log/${life}/0000000000000000.ndjson.zst`);
  const long = of('web', `/${'deep€/'.repeat(400)}app.log`);
  assert.ok(Buffer.byteLength(long) < 800);
  assert.ok(long.includes('deep€/app.log/'));
  assert.notEqual(of('web', `/other${'deep€/'.repeat(400)}app.log`), long);
});

function reasonsOf(sidecar: SidecarProcess): string[] {
  return sidecar.log.map(({ msg }) => String(msg));
}
