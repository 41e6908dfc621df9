// Sources that do not hold still, cannot be read, or are not what they were.
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, openSync, truncateSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { unpackByHand } from './by-hand.ts';
import { heldDatabase } from './gate.ts';
import { filesOf, runOf, Scene, startWithoutPower } from './scene.ts';
import { makeRandom } from './trees.ts';

/** Does something again and again, until the test ends or it is told to stop. */
function again(t: TestContext, what: () => void): () => void {
  const timer = setInterval(what, 2);
  const stop = () => clearInterval(timer);
  atEnd(t, stop);
  return stop;
}

const mebibyte = 2 ** 20;

test(
  'a file that grows and one that shrinks while they are read: listed, and the archive is whole',
  needs('linux', 'zstd'),
  async (t) => {
    const scene = new Scene(t, { BACKUP_MAX_CHANGED: '50%' });
    makeRandom(scene.source, 4, 1000);
    // large enough that its reading takes longer than the pauses between the changes
    writeFileSync(scene.path('grows'), Buffer.alloc(40 * mebibyte, 'g'));
    writeFileSync(scene.path('shrinks'), Buffer.alloc(40 * mebibyte, 's'));
    let size = 40 * mebibyte;
    const stop = again(t, () => {
      appendFileSync(scene.path('grows'), 'more');
      size -= 100;
      truncateSync(scene.path('shrinks'), size);
    });
    const { code, result, stderr } = await scene.now();
    stop();
    assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
    assert.match(stderr, /"warn".*changed while it was read: \S+\/grows \(and 1 more, see show\)/);
    assert.deepEqual(result.manifest?.changed, { count: 2, paths: [scene.path('grows'), scene.path('shrinks')] });
    const { stdout } = await scene.run(['list']);
    assert.match(stdout, / verified, 2 changed\n/);
    assert.ok(result.manifest !== null);
    unpackByHand(join(scene.folder, 'out'), scene.store, result.manifest);
  },
);

test('BACKUP_MAX_CHANGED: beyond it there is no backup', needs('linux'), async (t) => {
  const scene = new Scene(t);
  makeRandom(scene.source, 4, 1000);
  writeFileSync(scene.path('grows'), Buffer.alloc(40 * mebibyte, 'g'));
  const stop = again(t, () => appendFileSync(scene.path('grows'), 'more'));
  const { code, result, stderr } = await scene.now();
  stop();
  assert.deepEqual([code, result.outcome, result.manifest], [1, 'failed', null]);
  assert.match(stderr, /1 of 5 files \(20 %\) changed while they were read, .*\/grows among them; nothing was kept/);
  assert.match(stderr, /by BACKUP_BEFORE and BACKUP_AFTER, or allow more by BACKUP_MAX_CHANGED/);
  assert.deepEqual(scene.files, []);
  // one that holds still at the second attempt has not changed
  const { changed } = await scene.save();
  assert.equal(changed.count, 0);
});

test('files that vanish and come while others are read', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_FULL: 'weekly' });
  makeRandom(scene.source, 4, 1000);
  mkdirSync(scene.path('z folder'));
  writeFileSync(scene.path('z folder', 'inside'), 'vanishes with its folder');
  const before = await scene.save();
  // the database keeps the run in the middle of the folder
  const letGo = heldDatabase(t, scene.path('random-1.db'));
  const run = scene.start(['now']);
  await until('it reads', () => run.stdout.includes('"phase":"reading"'));
  unlinkSync(scene.path('random-2'));
  unlinkSync(scene.path('z folder', 'inside'));
  appendFileSync(scene.path('random-3'), 'changed before it was looked at');
  letGo();
  const { code, result, stderr } = runOf(await run.ended);
  assert.deepEqual([code, result.outcome, result.manifest?.parent], [0, 'saved', before.id], stderr);
  assert.deepEqual([result.manifest?.counts.deleted, result.manifest?.changed.count], [2, 0]);
});

test('a file that may not be read: a warning, or no backup and 77', needs('linux'), async (t) => {
  const scene = new Scene(t);
  makeRandom(scene.source, 2, 1000);
  writeFileSync(scene.path('secret'), 'hidden', { mode: 0 });
  mkdirSync(scene.path('closed'));
  writeFileSync(scene.path('closed', 'inside'), 'hidden');
  chmodSync(scene.path('closed'), 0);
  atEnd(t, () => chmodSync(scene.path('closed'), 0o700));

  const refusing = { ...scene.env, BACKUP_UNREADABLE: 'fail' };
  const failed = runOf(await startWithoutPower(t, refusing, ['now']).ended);
  assert.deepEqual([failed.code, failed.result.outcome, failed.result.manifest], [77, 'failed', null]);
  assert.match(failed.stderr, /closed: cannot be looked into.* \(and 1 more\); nothing was kept, as BACKUP_UNREADABLE=fail says/);
  assert.match(failed.stderr, /--user 0 --cap-add DAC_READ_SEARCH/);
  assert.deepEqual(scene.files, []);

  const { code, result, stderr } = runOf(await startWithoutPower(t, scene.env, ['now']).ended);
  assert.deepEqual([code, result.outcome, result.manifest?.unreadable.count], [0, 'saved', 2]);
  assert.match(stderr, /"warn".*not saved: \S+\/closed: cannot be looked into, .*EACCES.* \(and 1 more, see show\)/);
  assert.deepEqual(
    result.manifest?.unreadable.paths.map(({ path }) => path),
    [scene.path('closed'), scene.path('secret')],
  );
  const { stdout } = await scene.run(['list']);
  assert.match(stdout, /^id .*\n.* verified, 2 unreadable\n$/);
});

test('BACKUP_MIN_RATIO: one that shrank is not called good, and nothing goes for it', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_KEEP: 'last=1' });
  makeRandom(scene.source, 4, 10_000);
  const good = await scene.save();
  for (const name of ['random-0', 'random-1', 'random-2']) unlinkSync(scene.path(name));
  const { code, result, stderr } = await scene.now();
  assert.deepEqual([code, result.outcome], [1, 'suspicious']);
  assert.match(stderr, new RegExp(`it has 10000 bytes, 25 % of the 40000 of ${good.id}, and BACKUP_MIN_RATIO asks for 50 %`));
  assert.match(stderr, /run now once with --min-ratio=0%/);
  assert.ok(result.manifest !== null);
  assert.deepEqual(scene.files, filesOf(good, result.manifest));
  assert.match((await scene.run(['list'])).stdout, new RegExp(`^${result.manifest.id} .* suspicious$`, 'm'));
  const { stdout } = await scene.run(['restore', '--to', join(scene.folder, 'new')]);
  assert.match(stdout, new RegExp(`^${good.id} `), 'what is restored is the good one');

  const { code: meant } = await scene.run(['now', '--min-ratio=0%']);
  assert.equal(meant, 0);
  const [only, ...others] = await scene.list();
  assert.deepEqual([only?.bytes.total, only?.suspicious, others.length], [10_000, null, 0]);
});

/** Makes a database with changes that are not in its file yet, and keeps it open. */
function openDatabase(t: TestContext, path: string): void {
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;
    CREATE TABLE rows (id INTEGER PRIMARY KEY, value TEXT); INSERT INTO rows (value) VALUES ('one'), ('two')`);
  atEnd(t, () => database.close());
}

/** How many rows the database in a backup has, as it stands in the archive. */
function rowsIn(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: false });
  try {
    return database.prepare('SELECT count(*) AS rows FROM rows').get()?.rows;
  } finally {
    database.close();
  }
}

test('a SQLite database that is in use: a copy, without what belongs to the original', needs('linux', 'zstd'), async (t) => {
  const scene = new Scene(t, { BACKUP_TMP: temporaryFolder(t) });
  openDatabase(t, scene.path('app.db'));
  const backup = await scene.save();
  assert.deepEqual([backup.counts.files, backup.warnings], [1, []]);
  const out = unpackByHand(join(scene.folder, 'out'), scene.store, backup);
  assert.equal(rowsIn(join(out, 'app.db')), 2);
});

for (const [what, make] of [
  ['read-only', (t: TestContext) => temporaryMount(t, 'ro,size=64k')],
  [
    'full',
    (t: TestContext) => {
      const folder = temporaryMount(t, 'size=64k');
      fill(folder);
      return folder;
    },
  ],
] as const)
  test(
    `a SQLite database, and a folder for its copy that is ${what}: stored as it is, and told`,
    needs('linux', 'zstd', 'root'),
    async (t) => {
      const scene = new Scene(t, { BACKUP_TMP: make(t) });
      openDatabase(t, scene.path('app.db'));
      const { warnings, counts, ...backup } = await scene.save();
      assert.equal(counts.files, 3, 'with what belongs to it');
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /app\.db.*BACKUP_TMP.*; it is stored as it was found, and may not be whole$/);
      const out = unpackByHand(join(scene.folder, 'out'), scene.store, { ...backup, warnings, counts });
      assert.equal(rowsIn(join(out, 'app.db')), 2, 'here nobody wrote to it meanwhile');
    },
  );

test('a source that is not there: no backup, and it is named', needs('linux'), async (t) => {
  const scene = new Scene(t);
  scene.env.BACKUP_SOURCES = `${scene.source},${scene.folder}/missing`;
  const { code, result } = await scene.now();
  assert.deepEqual([code, result.outcome], [1, 'failed']);
  assert.match(result.reason ?? '', /the source \S+\/missing does not exist; mount it/);
  assert.deepEqual(scene.files, []);
});

test('a store and the state inside of the sources are left out', needs('linux'), async (t) => {
  const scene = new Scene(t);
  scene.env.BACKUP_SOURCES = scene.folder;
  writeSync(openSync(scene.path('file'), 'w'), 'one');
  await scene.save();
  assert.equal((await scene.save()).counts.files, 1);
});
