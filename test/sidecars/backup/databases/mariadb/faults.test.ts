// What goes wrong in the middle of a dump: no backup comes of it, nothing is left in the store, and the reason says what happened.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import type { SidecarProcess } from '#harness/process.ts';
import { testBucket } from '#harness/s3-server.ts';
import { until } from '#harness/until.ts';
import { bucketEnv, runOf } from '../../whole/scene.ts';
import { Weir } from '../postgres/weir.ts';
import { addressOf, bulk, MariadbScene, reasonOf, sharedMariadb } from './scene.ts';

const shared = sharedMariadb({ log_bin: 'log' });
/** The statement of the dump, and the one that counts. */
const reading = 'SELECT /*!40001 SQL_NO_CACHE */';
const counting = 'select count(*), ifnull(sum(';

/** More than the buffers of sockets take, so that the server is still at it. */
const megabytes = 32;

/** A run in the middle of a dump, which stays there until the weir is opened. */
interface Halted {
  readonly scene: MariadbScene;
  readonly weir: Weir;
  readonly run: SidecarProcess;
  /** The names of what the store holds, but leases. */
  readonly stored: () => Promise<string[]>;
}

async function halted(t: TestContext, at = reading, store = 'folder'): Promise<Halted> {
  const weir = await Weir.open(t, shared.server.port);
  const scene = await MariadbScene.with(t, shared.server, bulk('big', megabytes), { SIDEKICK_GRACE: '40s' });
  scene.env.BACKUP_SOURCES = addressOf(weir, scene.database);
  const bucket = store === 'folder' ? undefined : await testBucket(t, 'in-process');
  if (bucket !== undefined) Object.assign(scene.env, bucketEnv(bucket), { BACKUP_S3_PART_SIZE: '5Mi' });
  weir.hold(at, at === reading ? 2_000_000 : 0);
  const run = scene.start(['now']);
  await weir.holds(at);
  const stored = async () =>
    bucket === undefined ? scene.files : (await bucket.keys()).filter((key) => !key.includes('lease-'));
  return { scene, weir, run, stored };
}

/** The connections that are in this database, by what they do. */
async function connections({ database }: MariadbScene, doing = ''): Promise<string[]> {
  const rows = await shared.server.sql(
    `SELECT id FROM information_schema.processlist WHERE db = '${database}' AND ifnull(info, '') LIKE '%${doing}%'`,
  );
  return rows.split('\n').filter((id) => id !== '');
}

async function untilGone(scene: MariadbScene): Promise<void> {
  await until('no connection is left', async () => (await connections(scene)).length === 0);
}

for (const store of ['folder', 'bucket'])
  test(`the connection of the dump is killed: ${store}`, needs('mariadb'), async (t) => {
    const { scene, weir, run, stored } = await halted(t, reading, store);
    const [id] = await connections(scene, reading);
    await shared.server.sql(`KILL CONNECTION ${id}`);
    weir.release();
    const reason = reasonOf(runOf(await run.ended));
    assert.match(reason, /^mariadb-dump \S+ of mysql:\S+ ended with exit code \d: mariadb-dump: Error 20\d\d: .*big/);
    assert.match(reason, /nothing of it is kept$/);
    assert.deepEqual(await stored(), []);
    await untilGone(scene);
    await scene.save();
  });

test('the server is restarted in the middle of a dump', needs('mariadb'), async (t) => {
  const { scene, weir, run, stored } = await halted(t);
  await shared.server.stop('SIGKILL');
  weir.release();
  const ended = await run.ended;
  // before anything is asserted: the tests that follow need it
  await shared.server.start();
  const reason = reasonOf(runOf(ended));
  // the server, where the session that reads the accounts is the first to lose it, or the database
  assert.match(reason, /mysql:\/\/127\.0\.0\.1:\d+[:/]/);
  assert.match(reason, /Lost connection|gone away|can't connect/i);
  assert.deepEqual(await stored(), []);
  await scene.save();
});

test('the session that counts is killed', needs('mariadb'), async (t) => {
  const { scene, weir, run, stored } = await halted(t, counting);
  const others = await connections(scene);
  for (const id of others) await shared.server.sql(`KILL CONNECTION ${id}`).catch(() => {});
  weir.release();
  const reason = reasonOf(runOf(await run.ended));
  assert.match(reason, /mysql:\S+/);
  assert.deepEqual(await stored(), []);
  await untilGone(scene);
});

for (const [what, at] of [
  ['the dump runs', reading],
  ['the rows are counted', counting],
  ['the database is looked at', 'show grants'],
  ['the tables are locked', 'lock tables'],
] as const)
  test(`SIGTERM while ${what}, and the server does not answer`, needs('mariadb'), async (t) => {
    const { scene, run, stored } = await halted(t, at);
    const reason = reasonOf(runOf(await run.stop()));
    assert.match(reason, /it was told to stop, and has left nothing behind/);
    assert.doesNotMatch(run.stderr, /grace/);
    assert.deepEqual(await stored(), []);
    await untilGone(scene);
  });

test('SIGKILL: what it left is swept by the next run, and no connection is left', needs('mariadb'), async (t) => {
  const { scene, weir, run } = await halted(t);
  await run.stop('SIGKILL');
  weir.release();
  await untilGone(scene);
  const manifest = await scene.save();
  scene.assertHolds(manifest);
});

test('wrong password, no server, no database', needs('mariadb'), async (t) => {
  const scene = await MariadbScene.with(t, shared.server, '');
  assert.match(
    reasonOf(await scene.now({ MYSQL_PASSWORD: 'wrong' }), 77),
    /ERROR 1045 \(28000\): Access denied for user 'backup'.*check the user \(MYSQL_USER\) and its password/,
  );
  assert.match(
    reasonOf(await scene.now({ BACKUP_SOURCES: 'mysql://127.0.0.1:1/app' })),
    /^mysql:\/\/127\.0\.0\.1:1\/app: ERROR 2002 .*; check that the server runs and can be reached from here$/,
  );
  assert.match(
    reasonOf(await scene.now({ BACKUP_SOURCES: addressOf(shared.server, 'absent') })),
    /^mysql:\S+\/absent: ERROR 1049 .*Unknown database 'absent'$/,
  );
  assert.match(
    reasonOf(await scene.now({ PATH: '/nonexistent', BACKUP_SOURCES: addressOf(shared.server, 'absent') })),
    /which are not here; the image sidekick\/backup-mariadb has them/,
  );
  scene.assertHolds();
});
