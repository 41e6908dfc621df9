// What goes wrong in the middle of a dump: no backup comes of it, nothing is left in the store, and the reason says what happened.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from 'pg';
import { atEnd } from '#harness/at-end.ts';
import { temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { bucketEnv, filesIn, runOf } from '../../whole/scene.ts';
import { bulk, clientsOf, DatabaseScene, noise, reasonOf, sharedPostgres, untilGone } from './scene.ts';
import { Weir } from './weir.ts';

const shared = sharedPostgres({ major: 17, hba: ['host all postgres samehost trust'] });
const copying = 'COPY public.big';

/** A run in the middle of a dump, which stays there until the weir is opened. */
interface Halted {
  readonly scene: DatabaseScene;
  readonly weir: Weir;
  readonly run: SidecarProcess;
  /** The names of what the store holds, but leases. */
  readonly stored: () => Promise<string[]>;
}

async function halted(
  t: TestContext,
  { store = 'folder', at = copying, more = {} }: { store?: string; at?: string; more?: Readonly<Record<string, string>> } = {},
): Promise<Halted> {
  const { server } = shared;
  const weir = await Weir.open(t, server.port);
  const place = { PGHOST: '127.0.0.1', PGPORT: String(weir.port), SIDEKICK_GRACE: '40s' };
  const scene = await DatabaseScene.with(t, server, bulk('big', 16), { ...place, ...more });
  const bucket = store === 'folder' ? undefined : await testBucket(t, 'in-process');
  if (bucket !== undefined) Object.assign(scene.env, bucketEnv(bucket), { BACKUP_S3_PART_SIZE: '5Mi' });
  weir.hold(at, at === copying ? 1_000_000 : 0);
  const run = scene.start(['now']);
  await weir.holds(at);
  const stored = async () =>
    bucket === undefined ? scene.files : (await bucket.keys()).filter((key) => !key.includes('lease-'));
  return { scene, weir, run, stored };
}

/** Ends the backends that do this. */
async function terminate(query: string): Promise<void> {
  const where = `application_name = 'sidekick/backup' AND query LIKE '${query}%'`;
  assert.equal(await shared.server.sql(`SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE ${where}`), '1');
}

for (const store of ['folder', 'bucket'])
  test(`the backend of pg_dump is killed: ${store}`, needs('postgresql'), async (t) => {
    const { scene, weir, run, stored } = await halted(t, { store });
    await terminate(copying);
    weir.release();
    const reason = reasonOf(runOf(await run.ended));
    assert.match(
      reason,
      /^pg_dump 17\.\S+ of postgres:\S+ ended with exit code 1: pg_dump: error: .*(terminating connection|server closed the connection unexpectedly)/,
    );
    assert.match(reason, /nothing of it is kept$/);
    assert.deepEqual(await stored(), []);
    await untilGone(scene.server, weir.port);
  });

for (const store of ['folder', 'bucket'])
  test(`the server goes down at once, as at a crash: ${store}`, needs('postgresql'), async (t) => {
    const { weir, run, stored } = await halted(t, { store });
    await shared.server.stop('SIGQUIT');
    weir.release();
    const ended = await run.ended;
    // before anything is asserted: the tests that follow need it
    await shared.server.start();
    const reason = reasonOf(runOf(ended));
    assert.match(reason, /postgres:\/\/127\.0\.0\.1:\d+\/\S+/);
    // in the words of the server, of pg_dump, or of our own session, whoever is the first to notice
    assert.match(
      reason,
      /server closed the connection|terminat|shutting down|immediate|the connection has ended; check that the server runs/,
    );
    assert.deepEqual(await stored(), []);
    await untilGone(shared.server, weir.port);
  });

test('the connections break', needs('postgresql'), async (t) => {
  const { scene, weir, run, stored } = await halted(t);
  weir.cut();
  const reason = reasonOf(runOf(await run.ended));
  assert.match(
    reason,
    /closed the connection|Connection terminated|the connection has ended; check that the server runs|ECONNRESET|could not receive data|reset by peer/,
  );
  assert.deepEqual(await stored(), []);
  await untilGone(scene.server, weir.port);
});

test('our own session is killed while it counts the rows', needs('postgresql'), async (t) => {
  const { scene, weir, run, stored } = await halted(t, { at: 'hashtextextended(row(' });
  await terminate('select count');
  weir.release();
  const reason = reasonOf(runOf(await run.ended));
  assert.match(reason, /^postgres:\S+: (terminating connection due to administrator command|Connection terminated)/);
  assert.deepEqual(await stored(), []);
  await untilGone(scene.server, weir.port);
});

for (const store of ['folder', 'bucket'])
  test(`SIGTERM: ${store}`, needs('postgresql'), async (t) => {
    const { scene, weir, run, stored } = await halted(t, { store });
    assert.equal(clientsOf(weir.port).length, 1);
    const reason = reasonOf(runOf(await run.stop()));
    assert.match(reason, /it was told to stop, and has left nothing behind/);
    assert.doesNotMatch(run.stderr, /grace/);
    assert.deepEqual(clientsOf(weir.port), []);
    assert.deepEqual(await stored(), []);
    weir.release();
    await untilGone(scene.server, weir.port);
  });

for (const [what, at] of [
  ['the database is looked at', 'pg_is_in_recovery'],
  ['the rows are counted', 'hashtextextended(row('],
] as const)
  test(`SIGTERM while ${what}, and the server does not answer`, needs('postgresql'), async (t) => {
    const { weir, run, stored } = await halted(t, { at });
    const reason = reasonOf(runOf(await run.stop()));
    assert.match(reason, /it was told to stop, and has left nothing behind/);
    assert.doesNotMatch(run.stderr, /grace/);
    assert.deepEqual(await stored(), []);
    assert.deepEqual(clientsOf(weir.port), []);
  });

test('SIGKILL: what it left is swept by the next run', needs('postgresql'), async (t) => {
  const { scene, weir, run } = await halted(t);
  await run.stop('SIGKILL');
  assert.ok(
    scene.files.some((file) => file.endsWith('.sidekick-part')),
    'something is left behind',
  );
  weir.release();
  await untilGone(scene.server, weir.port);
  const manifest = await scene.save();
  scene.assertHolds(manifest);
});

for (const jobs of ['1', '4'])
  test(`the disk of the store gets full, with ${jobs} jobs`, needs('postgresql', 'root'), async (t) => {
    const disk = temporaryMount(t, 'size=2m');
    const more = { BACKUP_TO: `file://${disk}`, BACKUP_PG_JOBS: jobs };
    const scene = await DatabaseScene.with(t, shared.server, noise('big', 6), more);
    const reason = reasonOf(await scene.now());
    assert.match(reason, /^file:\S+ cannot write \S+ ENOSPC.*; make room, or keep fewer backups$/);
    assert.deepEqual(
      filesIn(disk).filter((name) => !name.startsWith('lease-')),
      [],
    );
    await untilGone(scene.server);
  });

test('the folder for dumps of several jobs gets full, and is empty again', needs('postgresql', 'root'), async (t) => {
  const tmp = join(temporaryMount(t, 'size=2m'), 'tmp');
  mkdirSync(tmp);
  const scene = await DatabaseScene.with(t, shared.server, noise('big', 6), { BACKUP_PG_JOBS: '2', BACKUP_TMP: tmp });
  assert.match(reasonOf(await scene.now()), /^pg_dump \S+ of postgres:\S+ ended .*No space left on device.*BACKUP_TMP/);
  assert.deepEqual([filesIn(tmp), scene.files], [[], []]);
});

/** Locks a table for as long as the test lasts. */
async function lock(t: TestContext, scene: DatabaseScene): Promise<void> {
  const { server, database } = scene;
  const client = new Client({ host: server.socketFolder, port: server.port, user: 'postgres', database });
  await client.connect();
  atEnd(t, () => client.end());
  await client.query('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
}

test('a table that somebody holds locked: it is waited for, and not for longer than is said', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, 'CREATE TABLE locked AS SELECT 1 AS a', {
    BACKUP_PG_LOCK_TIMEOUT: '1s',
  });
  await lock(t, scene);
  const reason = reasonOf(await scene.now());
  assert.match(reason, /^postgres:\S+: canceling statement due to lock timeout.*public\.locked.*BACKUP_PG_LOCK_TIMEOUT/);
  scene.assertHolds();
});

test('a table that somebody locks once the database was looked at', needs('postgresql'), async (t) => {
  const { scene, weir, run, stored } = await halted(t, { at: 'pg_export_snapshot', more: { BACKUP_PG_LOCK_TIMEOUT: '1s' } });
  await scene.sql('CREATE TABLE locked AS SELECT 1 AS a');
  await lock(t, scene);
  // a table that came later is none of the snapshot's
  weir.release();
  assert.equal(runOf(await run.ended).result.outcome, 'saved');
  assert.equal((await stored()).length, 6);
});

test('SIGTERM while a lock is waited for', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, 'CREATE TABLE locked AS SELECT 1 AS a', { SIDEKICK_GRACE: '40s' });
  await lock(t, scene);
  const run = scene.start(['now']);
  const waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sidekick/backup' AND wait_event_type = 'Lock'";
  await until('it waits', async () => (await scene.sql(waiting)) === '1');
  assert.match(reasonOf(runOf(await run.stop())), /it was told to stop, and has left nothing behind/);
  assert.doesNotMatch(run.stderr, /grace/);
  // also on the server nothing waits any more
  await untilGone(scene.server);
});
