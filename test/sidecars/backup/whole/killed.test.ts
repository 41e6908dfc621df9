// SIGKILL at ten points of a run, as a container has it that is out of memory: what was not there whole is not there, and the next run
// removes what is its own.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause, setImmediate as yieldToOthers } from 'node:timers/promises';
import { CreateMultipartUploadCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { has, needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { seeded } from '#harness/random.ts';
import { type Exchange, S3Faults, type S3Operation } from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { Gate, heldDatabase } from './gate.ts';
import { bucketEnv, filesOf, Scene } from './scene.ts';
import { makeRandom } from './trees.ts';

const times = 10;

describe('SIGKILL', { concurrency: true, ...needs('linux') }, () => {
  test(`a folder: at ${times} points`, async (t) => {
    const random = seeded(t);
    const gate = await Gate.open(t);
    const scene = new Scene(t, { BACKUP_BEFORE: gate.url('/before'), BACKUP_AFTER: gate.url('/after') });
    makeRandom(scene.source, 40, 100_000);
    const letGo = heldDatabase(t, scene.path('app.db'));
    const foreign = {
      'notes.txt': 'a file of a person',
      '20261126T031500Z-zzzzzz-full.tar.zst': 'no id of ours',
      'other/20261126T031500Z-3f9a2c-full.tar.zst': 'of a run with another name',
      'dump.0123456789abcdef.sidekick-part': 'no file of ours',
    };
    mkdirSync(join(scene.store, 'other'));
    for (const [name, text] of Object.entries(foreign)) writeFileSync(join(scene.store, name), text);

    /** Kills a run once it is at a point. @returns the ids of the manifests that are there then. */
    const killAt = async (reach: (run: SidecarProcess) => Promise<void>): Promise<readonly string[]> => {
      const run = scene.start(['now']);
      await reach(run);
      await run.stop('SIGKILL');
      gate.asked.length = 0;
      gate.release('/before');
      gate.release('/after');
      for (const name of readdirSync(scene.store)) if (name.startsWith('lease-')) rmSync(join(scene.store, name));
      return idsIn(scene.store);
    };
    // where the application has it wait
    gate.hold('/before');
    assert.deepEqual(await killAt(() => gate.came('/before')), []);
    assert.ok(
      scene.files.some((file) => file.endsWith('.sidekick-part')),
      'something is left behind',
    );
    assert.deepEqual(await killAt((run) => until('it reads', () => run.stdout.includes('"phase":"reading"'))), []);
    letGo();
    gate.hold('/after');
    assert.deepEqual(await killAt(() => gate.came('/after')), []);
    // as soon as a file has its name
    const appeared: string[] = [];
    for (const ending of ['-full.tar.zst', '.index.zst', '.json'] as const) {
      const before = new Set(readdirSync(scene.store));
      const ids = await killAt(() => appears(scene.store, ending, before));
      if (ids.length > appeared.length) appeared.push(...ids.slice(appeared.length));
    }
    assert.ok(appeared.length >= 1, 'a manifest that was there is there');
    for (let round = 6; round < times; round += 1)
      await killAt(async () => {
        await gate.came('/after');
        await pause(random.below(100));
      });
    t.diagnostic(`${idsIn(scene.store).length} of ${times} were killed when their backup was there already`);

    const last = await scene.save();
    const backups = await scene.list();
    assert.equal(backups.at(-1)?.id, last.id);
    assert.deepEqual(scene.files, [...filesOf(...backups), ...Object.keys(foreign)].sort());
    for (const [name, text] of Object.entries(foreign)) assert.equal(readFileSync(join(scene.store, name), 'utf8'), text);
    const { code, stdout } = await scene.run(['verify', '--all']);
    assert.equal(code, 0, stdout);
  });

  test(`a bucket: at ${times} requests`, async (t) => {
    const random = seeded(t);
    const bucket = await testBucket(t, bestS3());
    const faults = await S3Faults.start(t, bucket.access.endpoint);
    const killer = new Killer(faults);
    const scene = new Scene(t, { ...bucketEnv(bucket, faults.url), BACKUP_S3_PART_SIZE: '5Mi' });
    makeRandom(scene.source, 3, 4_000_000);
    const foreign = 'saved/20261126T031500Z-zzzzzz-full.tar.zst';
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key: foreign, Body: 'a file of a person' }));
    await bucket.client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: foreign }));

    await scene.save();
    const requests = faults.seen.length;
    const at: string[] = [];
    for (let round = 0; round < times; round += 1) {
      const from = Math.floor((round * requests) / times);
      const number = from + random.below(Math.floor(((round + 1) * requests) / times) - from);
      const run = scene.start(['now']);
      killer.aim(run, number, random.next() < 0.5);
      await run.ended;
      at.push(`${killer.operation}`);
      for (const Key of await bucket.keys())
        if (Key.includes('/lease-')) await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.name, Key }));
    }
    t.diagnostic(`killed at ${at.join(', ')} of ${requests} requests`);

    const last = await scene.save();
    const backups = await scene.list();
    assert.equal(backups.at(-1)?.id, last.id);
    const expected = [...filesOf(...backups).map((file) => `saved/${file}`), foreign];
    assert.deepEqual(
      (await bucket.keys()).filter((key) => !key.includes('lease-')),
      expected.sort(),
    );
    if (has('ceph')) assert.deepEqual(await bucket.openUploads(), [foreign]);
    const { code, stdout } = await scene.run(['verify', '--all']);
    assert.equal(code, 0, stdout);
  });

  test('its lease: the next run with the same state takes it over at once', async (t) => {
    const { scene, gate, run } = await holding(t, { BACKUP_NAME: 'db1' });
    const living = await scene.now();
    assert.equal(living.code, 1, 'it is alive');
    await run.stop('SIGKILL');
    gate.release('/before');
    const { code, stderr } = await scene.now();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the run on \S+, since \S+, was killed: its lease is taken over/);
    assert.match(stderr, /removed what a run that was cut off had left/);
  });

  test('its lease in a bucket: the same, in two stores', async (t) => {
    const bucket = await testBucket(t, bestS3());
    const { scene, gate, run } = await holding(t, bucketEnv(bucket), (store) => `,file://${store}`);
    await run.stop('SIGKILL');
    gate.release('/before');
    const { code, stderr } = await scene.now();
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/was killed: its lease is taken over/g)?.length, 2);
  });

  test('what is left of writing a lease goes once it is surely over', async (t) => {
    const scene = new Scene(t);
    writeFileSync(scene.path('file'), 'one');
    const temporary = (name: string) => join(scene.store, `${name}.0123456789abcdef.sidekick-part`);
    const names = { old: 'lease-00000001.json', claim: 'lease-00000002-89abcdef01234567.json', young: 'lease-00000003.json' };
    const foreign = 'lease-of-a-flat.pdf';
    for (const name of [...Object.values(names), foreign]) writeFileSync(temporary(name), '{"version":1');
    const longAgo = (Date.now() - 2 * 3_600_000) / 1000;
    for (const name of [names.old, names.claim, foreign]) utimesSync(temporary(name), longAgo, longAgo);
    await scene.save();
    const left = readdirSync(scene.store).filter((name) => name.endsWith('.sidekick-part'));
    // the young one may be that of a run which asks for the lease at this moment
    assert.deepEqual(left.map((name) => join(scene.store, name)).sort(), [temporary(foreign), temporary(names.young)].sort());
  });

  test('its lease: another run is refused while it may be alive, and takes it over once it expired', async (t) => {
    const { scene, gate, run } = await holding(t);
    await run.stop('SIGKILL');
    gate.release('/before');
    // of another state: nothing tells it that the run is dead
    scene.env.BACKUP_STATE = join(scene.folder, 'another state');
    const refused = await scene.now();
    assert.deepEqual([refused.code, refused.result.outcome], [1, 'failed']);
    assert.match(
      refused.stderr,
      /a run on \S+, since \S+, holds the lease; if it is dead, its lease ends at \S+, or at once by unlock/,
    );
    const path = join(scene.store, 'lease-00000001.json');
    const lease = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...lease, expires: new Date(Date.now() - 60_000).toISOString() }));
    const { code, stderr } = await scene.now();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /did not end well: watching whether it still renews its lease/);
    assert.match(stderr, /removed what a run that was cut off had left/);
  });
});

/** A run that holds its lease and waits. @param more stores beside the first one, by the folder that the scene has for one. */
async function holding(t: TestContext, env: Readonly<Record<string, string>> = {}, more = (_store: string) => '') {
  const gate = await Gate.open(t);
  const scene = new Scene(t, { ...env, BACKUP_BEFORE: gate.url('/before') });
  scene.env.BACKUP_TO += more(scene.store);
  writeFileSync(scene.path('file'), 'one');
  gate.hold('/before');
  const run = scene.start(['now']);
  await gate.came('/before');
  return { scene, gate, run };
}

/** The ids of the manifests in a folder. */
function idsIn(store: string): string[] {
  return readdirSync(store)
    .filter((name) => /^\d{8}T\d{6}Z-[0-9a-f]{6}\.json$/.test(name))
    .sort();
}

/** Waits until there is a file whose name ends so and was not there before; it looks as often as it can. */
async function appears(store: string, ending: string, before: ReadonlySet<string>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const isNew = (name: string) => !before.has(name) && name.endsWith(ending) && !name.startsWith('lease-');
    if (readdirSync(store).some(isNew)) return;
    await yieldToOthers();
  }
  throw new Error(`no file appeared whose name ends with ${ending}`);
}

const operations: readonly S3Operation[] = [
  'begin',
  'part',
  'complete',
  'give up',
  'uploads',
  'put',
  'get',
  'head',
  'remove',
  'list',
];

/** Kills a run when it makes one of its requests. */
class Killer {
  /** At which one. */
  operation: S3Operation | undefined;
  #victim: { readonly run: SidecarProcess; left: number; readonly forwards: boolean } | undefined;

  constructor(faults: S3Faults) {
    for (const operation of operations)
      faults.during(Number.POSITIVE_INFINITY, operation, (exchange) => this.#take(operation, exchange));
  }

  /** @param number of the request, from 0. @param forwards whether the server hears of it all the same. */
  aim(run: SidecarProcess, number: number, forwards: boolean): void {
    this.operation = undefined;
    this.#victim = { run, left: number, forwards };
  }

  async #take(operation: S3Operation, { response, forward, body }: Exchange): Promise<void> {
    const victim = this.#victim;
    const isIt = victim !== undefined && victim.left === 0;
    if (victim !== undefined) victim.left -= 1;
    if (isIt) {
      this.#victim = undefined;
      this.operation = operation;
      victim.run.child.kill('SIGKILL');
      await (victim.forwards ? forward() : body());
      return;
    }
    const { answer, body: told } = await forward();
    response.writeHead(answer.statusCode ?? 500, answer.headers).end(told);
  }
}
