// SIGKILL at ten points of a run, as a container has it that is out of memory: what was not there whole is not there, and the next run
// removes what is its own.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { has, needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { seeded } from '#harness/random.ts';
import { type Exchange, S3Faults, type S3Operation } from '#harness/s3-faults.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
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

    /** Kills a run once it is at a point. @returns how many manifests there are then. */
    const killAt = async (reach: () => Promise<void>): Promise<number> => {
      const run = scene.start(['now']);
      await reach();
      await run.stop('SIGKILL');
      gate.asked.length = 0;
      gate.release('/before');
      gate.release('/after');
      await scene.unlock();
      return scene.files.filter((file) => /^[^/]*\.json$/.test(file)).length;
    };
    gate.hold('/before');
    assert.equal(await killAt(() => gate.came('/before')), 0);
    assert.ok(
      scene.files.some((file) => file.endsWith('.sidekick-part')),
      'something is left behind',
    );
    // the database keeps it reading
    assert.equal(
      await killAt(async () => {
        await gate.came('/before');
        await pause(500);
        assert.equal(gate.of('/after').length, 0);
      }),
      0,
    );
    letGo();
    gate.hold('/after');
    assert.equal(await killAt(() => gate.came('/after')), 0);
    let made = 0;
    for (let round = 3; round < times; round += 1) {
      const there = await killAt(async () => {
        await gate.came(round % 2 === 0 ? '/before' : '/after');
        await pause(random.below(200));
      });
      assert.ok(there === made || there === made + 1);
      made = there;
    }
    t.diagnostic(`${made} of ${times - 3} were killed when their backup was there already`);

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
      await scene.unlock();
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

  test('its lease: another run is refused while it may be alive, and takes it over once it expired', async (t) => {
    const gate = await Gate.open(t);
    const scene = new Scene(t, { BACKUP_BEFORE: gate.url('/before') });
    writeFileSync(scene.path('file'), 'one');
    gate.hold('/before');
    const run = scene.start(['now']);
    await gate.came('/before');
    await run.stop('SIGKILL');
    gate.release('/before');
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
