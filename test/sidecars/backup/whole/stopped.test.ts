// SIGTERM and Ctrl-C in the middle of a run: it gives up within the grace, the application is told that it may go on, and nothing is left.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { has, needs } from '#harness/needs.ts';
import { type Ended, SidecarProcess } from '#harness/process.ts';
import { answers, hangs, S3Faults } from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { Gate, heldDatabase } from './gate.ts';
import { bucketEnv, filesOf, runOf, Scene } from './scene.ts';
import { makeRandom } from './trees.ts';

/** A scene whose application has hooks. The grace is long, as machines of tests are slow. */
async function scene(t: TestContext, more: Readonly<Record<string, string>> = {}) {
  const gate = await Gate.open(t);
  const made = new Scene(t, {
    BACKUP_BEFORE: gate.url('/before'),
    BACKUP_AFTER: gate.url('/after'),
    SIDEKICK_GRACE: '40s',
    ...more,
  });
  makeRandom(made.source, 3, 10_000);
  return { gate, scene: made };
}

/** Asserts that a run gave up what it had begun, and not because its grace was over. */
function assertGaveUp(ended: Ended, gate: Gate): void {
  const { code, stderr, result } = runOf(ended);
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null], stderr);
  assert.match(result.reason ?? '', /it was told to stop, and has left nothing behind/);
  assert.doesNotMatch(stderr, /grace/);
  assert.deepEqual(
    gate.of('/after').map(({ body }) => JSON.parse(body)),
    [{ event: 'after', succeeded: false }],
  );
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  test(`${signal} while a hook is waited for`, needs('linux'), async (t) => {
    const { gate, scene: running } = await scene(t);
    gate.hold('/before');
    const run = running.start(['now']);
    await gate.came('/before');
    assertGaveUp(await run.stop(signal), gate);
    assert.deepEqual(running.files, []);
    // and the lease is free
    gate.release('/before');
    await running.save();
  });

test('SIGTERM while the sources are read', needs('linux'), async (t) => {
  const { gate, scene: running } = await scene(t);
  heldDatabase(t, running.path('app.db'));
  const run = running.start(['now']);
  await until('it reads', () => run.stdout.includes('"phase":"reading"'));
  assertGaveUp(await run.stop(), gate);
  assert.deepEqual(running.files, []);
});

test('SIGTERM while the store does not answer', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const { gate, scene: running } = await scene(t, { ...bucketEnv(bucket, faults.url), BACKUP_S3_PART_SIZE: '5Mi' });
  makeRandom(running.source, 4, 8_000_000);
  faults.during(Number.POSITIVE_INFINITY, 'part', hangs);
  const run = running.start(['now']);
  await until('it sends parts', () => faults.count('part') === 2);
  assertGaveUp(await run.stop(), gate);
  assert.deepEqual(
    (await bucket.keys()).filter((key) => !key.includes('lease-')),
    [],
  );
  if (has('ceph')) assert.deepEqual(await bucket.openUploads(), []);
});

for (const [what, operation, path] of [
  ['the lease is looked for', 'list', /lease/],
  ['the lease is claimed', 'put', /lease/],
  ['an old manifest is read', 'get', /\.json/],
  ['the manifest is written', 'put', /Z-[0-9a-f]{6}\.json/],
] as const)
  for (const [how, fault] of [
    ['the server refuses it again and again', answers(503, 'SlowDown')],
    ['the server does not answer', hangs],
  ] as const)
    test(`SIGTERM while ${what}, and ${how}`, needs('linux'), async (t) => {
      const bucket = await testBucket(t, bestS3());
      const faults = await S3Faults.start(t, bucket.access.endpoint);
      const { scene: running } = await scene(t, bucketEnv(bucket, faults.url));
      const before = await running.save();
      let refused = 0;
      faults.during(Number.POSITIVE_INFINITY, operation, async (exchange) => {
        const { url = '' } = exchange.request;
        if (path.test(url) && !(url.includes(before.id) && operation === 'put')) {
          refused += 1;
          return fault(exchange);
        }
        const { answer, body } = await exchange.forward();
        exchange.response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
      });
      const run = running.start(['now']);
      await until('it is asked', () => refused >= (how.includes('again') ? 2 : 1));
      const { code, result, stderr } = runOf(await run.stop());
      assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null], stderr);
      assert.match(result.reason ?? '', /it was told to stop, and has left nothing behind/);
      assert.doesNotMatch(stderr, /grace/);
      assert.deepEqual(
        (await bucket.keys()).filter((key) => !key.includes('lease-')),
        filesOf(before).map((file) => `saved/${file}`),
      );
    });

test('SIGTERM while a restore reads what does not come', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const { scene: running } = await scene(t, bucketEnv(bucket, faults.url));
  makeRandom(running.source, 1, 3_000_000);
  await running.save();
  let stalled = false;
  faults.during(Number.POSITIVE_INFINITY, 'get', async (exchange) => {
    const { answer, body } = await exchange.forward();
    exchange.response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (!exchange.request.url?.includes('.tar.zst')) return void exchange.response.end(body);
    exchange.response.write(body.subarray(0, 2_000_000));
    stalled = true;
  });
  const restore = running.start(['restore', '--to', join(running.folder, 'new')]);
  await until('it reads', () => stalled);
  const { code, stderr } = await restore.stop();
  assert.equal(code, 1);
  assert.match(stderr, /stopped with the restore half done/);
  assert.doesNotMatch(stderr, /grace/);
});

test('SIGTERM while the manifest is written: the backup is there, whole', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const { scene: running } = await scene(t, bucketEnv(bucket, faults.url));
  const gate = Promise.withResolvers<void>();
  let written = false;
  faults.during(Number.POSITIVE_INFINITY, 'put', async ({ request, response, forward }) => {
    if (/\/\d{8}T\d{6}Z-[0-9a-f]{6}\.json(\?|$)/.test(request.url ?? '')) {
      written = true;
      await gate.promise;
    }
    const { answer, body } = await forward();
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  });
  const run = running.start(['now']);
  await until('it writes the manifest', () => written);
  run.child.kill('SIGTERM');
  await run.says('stopping');
  gate.resolve();
  const { result, stderr } = runOf(await run.ended);
  const [backup] = await running.list();
  assert.ok(backup !== undefined, stderr);
  assert.equal(result.manifest?.id, backup.id);
  assert.deepEqual(
    (await bucket.keys()).filter((key) => !key.includes('lease-')),
    filesOf(backup).map((file) => `saved/${file}`),
  );
  assert.equal((await running.run(['verify', '--all'])).code, 0);
});

test('SIGTERM while it is read back: the backup is there, and not verified', needs('linux'), async (t) => {
  const bucket = await testBucket(t, bestS3());
  const faults = await S3Faults.start(t, bucket.access.endpoint);
  const { scene: running } = await scene(t, bucketEnv(bucket, faults.url));
  const gate = Promise.withResolvers<void>();
  let reads = false;
  faults.during(Number.POSITIVE_INFINITY, 'get', async ({ request, response, forward }) => {
    if (request.url?.includes('-full.tar.zst')) {
      reads = true;
      await gate.promise;
    }
    const { answer, body } = await forward();
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(body);
  });
  const run = running.start(['now']);
  await until('it reads the backup back', () => reads);
  run.child.kill('SIGTERM');
  await run.says('stopping');
  gate.resolve();
  const { code, result } = runOf(await run.ended);
  const [backup] = await running.list();
  assert.deepEqual([code, result.outcome, result.reason], [0, 'saved', null]);
  assert.deepEqual([result.manifest?.id, backup?.verified], [backup?.id, null]);
});

/** Settings of a daemon that has something to do each second. */
const eachSecond = { BACKUP_SCHEDULE: '* * * * * *', BACKUP_ADMIN: '127.0.0.1:0' };

/** Asserts that a daemon ended well in the middle of a run, and that nothing is left of that. */
function assertEndedWell({ code, stdout, stderr }: Ended, gate: Gate, running: Scene): void {
  assert.equal(code, 0, stdout + stderr);
  assert.doesNotMatch(stdout + stderr, /grace|a second SIG/);
  assert.deepEqual(
    gate.of('/after').map(({ body }) => JSON.parse(body).succeeded),
    [false],
  );
  assert.deepEqual(running.files, []);
}

test('SIGTERM to the daemon during a run', needs('linux'), async (t) => {
  const { gate, scene: running } = await scene(t, eachSecond);
  gate.hold('/before');
  const daemon = running.start();
  await gate.came('/before');
  assertEndedWell(await daemon.stop(), gate, running);
});

test('Ctrl-C on a terminal, which reaches the daemon and its child', needs('linux'), async (t) => {
  const { gate, scene: running } = await scene(t, eachSecond);
  gate.hold('/before');
  const daemon = startGroup(t, running);
  await gate.came('/before');
  process.kill(-(daemon.child.pid ?? 0), 'SIGINT');
  assertEndedWell(await daemon.ended, gate, running);
});

/** Starts the daemon as the leader of a group of processes, as a shell does. */
function startGroup(t: TestContext, { env }: Scene): SidecarProcess {
  const main = fileURLToPath(new URL('../../../../sidecars/backup/main.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const sidecar = new SidecarProcess(child);
  atEnd(t, () => sidecar.stop('SIGKILL'));
  return sidecar;
}
