// Backups that hold what changed since a full one: what comes back of them is the present, by the sidecar and by hand.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { bestS3, testBucket } from '#harness/s3-server.ts';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';
import { assertSame, unpackByHand, withIdentity } from './by-hand.ts';
import { bucketEnv, filesOf, Scene } from './scene.ts';
import { flip, makeOlder } from './store-files.ts';
import { makeMotley } from './trees.ts';

const weekly = { BACKUP_FULL: 'weekly' };
const hour = 3_600_000;

/** Does to a motley tree all that an application may do between two backups. */
function changeAll(scene: Scene): void {
  const path = (name: string) => scene.path(name);
  for (const name of ['file-to-folder', 'folder-to-file', 'folder-to-link']) rmSync(path(name), { recursive: true });
  appendFileSync(path('text'), 'one more line\n');
  writeFileSync(path('new'), 'new\n');
  mkdirSync(path('new folder/in it'), { recursive: true });
  unlinkSync(path('random'));
  rmSync(path('deep/er'), { recursive: true });
  mkdirSync(path('file-to-folder'));
  writeFileSync(path('file-to-folder/inside'), 'a folder now\n');
  writeFileSync(path('folder-to-file'), 'a file now\n');
  symlinkSync('text', path('folder-to-link'));
  unlinkSync(path('link'));
  symlinkSync('nothing', path('link'));
  unlinkSync(path('dangling'));
  writeFileSync(path('dangling'), 'a link before\n');
  renameSync(path('holes'), path('renamed holes'));
  renameSync(path('moved folder'), path('folder that was moved'));
  linkSync(path('nothing'), path('second name'));
  unlinkSync(path('deep/again'));
  chmodSync(path('mode'), 0o600);
  utimesSync(path('grüße 👋'), 1_500_000_000, 1_500_000_000);
  // of the same size, and with its old time: only its ctime tells
  writeFileSync(path('same'), 'b'.repeat(100));
  utimesSync(path('same'), 1_400_000_000, 1_400_000_000);
}

function makeTree(scene: Scene): void {
  makeMotley(scene.source);
  for (const folder of ['folder-to-file', 'folder-to-link', 'moved folder'])
    for (const name of ['a', 'b', 'c/d']) {
      mkdirSync(scene.path(folder, 'c'), { recursive: true });
      writeFileSync(scene.path(folder, name), `${folder} ${name}\n`);
    }
  writeFileSync(scene.path('file-to-folder'), 'a file\n');
  writeFileSync(scene.path('same'), 'a'.repeat(100));
  utimesSync(scene.path('same'), 1_400_000_000, 1_400_000_000);
}

/** Asserts that a run made a differential backup of this full one. */
function assertSince(backup: Manifest, base: Manifest): void {
  assert.deepEqual([backup.kind, backup.parent], ['differential', base.id]);
}

/** Asserts that the newest backup is restored as the sources are now. */
async function assertRestored(scene: Scene, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const to = join(scene.folder, `restored ${readdirSync(scene.folder).length}`);
  const { code, stderr } = await scene.run(['restore', '--to', to], more);
  assert.equal(code, 0, stderr);
  assertSame(join(to, scene.source), scene.source);
}

/** Asserts the same by hand. */
function assertByHand(scene: Scene, backup: Manifest, parent: Manifest, identity?: string): void {
  const into = join(scene.folder, `by hand ${readdirSync(scene.folder).length}`);
  const opener = identity === undefined ? {} : { opener: withIdentity(identity) };
  assertSame(unpackByHand(into, scene.store, backup, { parent, ...opener }), scene.source);
}

test('everything that may change between two backups comes back as it is now', needs('linux', 'zstd'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const base = await scene.save();
  assert.equal(base.kind, 'full');
  changeAll(scene);
  const backup = await scene.save();
  assertSince(backup, base);
  assert.ok(backup.bytes.stored < backup.bytes.total);
  const diff = await scene.run(['diff', base.id, backup.id]);
  assert.equal(diff.code, 1, diff.stderr);
  for (const line of [
    /^~ \/.*\/text {2}size, time$/m,
    /^- \/.*\/random$/m,
    /^\+ \/.*\/new$/m,
    /^~ .*\/mode {2}mode$/m,
    /^~ .*\/file-to-folder {2}type/m,
    /^~ .*\/link {2}.*target$/m,
  ])
    assert.match(diff.stdout, line);
  await assertRestored(scene);
  assertByHand(scene, backup, base);

  // a further one is against the same full one, and not against this one
  writeFileSync(scene.path('new'), 'newer\n');
  unlinkSync(scene.path('file-to-folder/inside'));
  const next = await scene.save();
  assertSince(next, base);
  await assertRestored(scene);
  assertByHand(scene, next, base);
});

test('in a bucket, with a passphrase', needs('linux'), async (t) => {
  const scene = new Scene(t, { ...weekly, ...bucketEnv(await testBucket(t, bestS3())), BACKUP_PASSPHRASE: 'pass' });
  makeTree(scene);
  const base = await scene.save();
  changeAll(scene);
  const backup = await scene.save();
  assertSince(backup, base);
  await assertRestored(scene);
});

test('nothing changed: nothing is stored, and everything comes back', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const base = await scene.save();
  const backup = await scene.save();
  assertSince(backup, base);
  assert.deepEqual([backup.counts.stored, backup.counts.deleted, backup.bytes.stored], [0, 0, 0]);
  assert.deepEqual({ ...backup.counts, stored: 0 }, { ...base.counts, stored: 0 });
  await assertRestored(scene);
});

test('a full one that is needed stays, whatever BACKUP_KEEP says, and goes when it is not', needs('linux'), async (t) => {
  const scene = new Scene(t, { ...weekly, BACKUP_KEEP: 'last=1' });
  writeFileSync(scene.path('file'), 'one');
  const first = await scene.save();
  const second = await scene.save();
  const third = await scene.save();
  assertSince(second, first);
  assertSince(third, first);
  assert.deepEqual(scene.files, filesOf(first, third));
  const { stdout } = await scene.run(['prune', '--dry-run']);
  assert.match(stdout, new RegExp(`${first.id}.*needed by ${third.id}`));
  const full = await scene.save({ BACKUP_FULL: 'always' });
  assert.deepEqual(scene.files, filesOf(full));
});

test('a new period begins with a full one: by the days of TZ', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_FULL: 'daily' });
  writeFileSync(scene.path('file'), 'one');
  const base = makeOlder(scene.store, await scene.save(), 2 * hour);
  // there it is one o'clock at night now, and noon
  const night = zoneWhereItIs(1);
  const noon = zoneWhereItIs(12);
  assertSince(await scene.save({ TZ: noon }), base);
  const full = await scene.save({ TZ: night });
  assert.equal(full.kind, 'full');
  assertSince(await scene.save({ TZ: night }), full);
  makeOlder(scene.store, full, 24 * hour);
  assert.equal((await scene.save({ TZ: noon })).parent, base.id);
});

/** A time zone in which it is so many hours past midnight, and some minutes. */
function zoneWhereItIs(hours: number): string {
  const offset = ((hours - new Date().getUTCHours() + 36) % 24) - 12;
  // the sign of these names is the other way round
  return `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
}

test('a full one that was found damaged is built upon no more', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const good = await scene.save();
  const bad = await scene.save({ BACKUP_FULL: 'always' });
  flip(join(scene.store, bad.archive.file));
  const { code, stdout } = await scene.run(['verify']);
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`${bad.id}  DAMAGED: ${bad.archive.file}`));
  const backup = await scene.save();
  assertSince(backup, good);
  await assertRestored(scene);
});

test('an index of the full one that is damaged, and nobody knows: a full one is made instead', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const base = await scene.save();
  flip(join(scene.store, base.index.file));
  const { code, result, stderr } = await scene.now();
  assert.deepEqual([code, result.outcome, result.manifest?.kind], [0, 'saved', 'full'], stderr);
  assert.match(stderr, new RegExp(`${base.index.file}`));
  assert.deepEqual(
    (await scene.list()).map(({ damaged }) => damaged !== null),
    [true, false],
  );
  await assertRestored(scene);
});

test('other sources: a full one', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  await scene.save();
  // which is smaller, too
  const { kind } = await scene.save({ BACKUP_SOURCES: scene.path('deep'), BACKUP_MIN_RATIO: '0%' });
  assert.equal(kind, 'full');
});

/** Settings for backups that only the owner of an identity can read, and the path of that. */
async function toRecipient(t: TestContext) {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const identity = await generateIdentity();
  const keyFile = join(scene.folder, 'key');
  writeFileSync(keyFile, `${identity}\n`);
  scene.env.BACKUP_AGE_RECIPIENTS = await identityToRecipient(identity);
  return { scene, keyFile };
}

test('to recipients only: compared with the index in BACKUP_STATE', needs('linux', 'zstd', 'age'), async (t) => {
  const { scene, keyFile } = await toRecipient(t);
  const base = await scene.save();
  assert.deepEqual(readdirSync(join(scene.folder, 'state')), [`${base.id}.index.zst`]);
  changeAll(scene);
  const backup = await scene.save();
  assertSince(backup, base);
  await assertRestored(scene, { BACKUP_AGE_IDENTITY_FILE: keyFile });
  assertByHand(scene, backup, base, keyFile);
});

test('to recipients only, and the state is lost: full ones, and a warning', needs('linux'), async (t) => {
  const { scene } = await toRecipient(t);
  const base = await scene.save();
  rmSync(join(scene.folder, 'state'), { recursive: true });
  const { code, stderr, result } = await scene.now();
  assert.deepEqual([code, result.manifest?.kind], [0, 'full']);
  assert.match(stderr, new RegExp(`${base.id} is encrypted to its recipients, and its index is not in BACKUP_STATE .*ENOENT`));
  assert.match(stderr, /Keep that folder on a volume, or set BACKUP_AGE_IDENTITY/);
  assert.equal((await scene.save()).parent, result.manifest?.id, 'which was kept');
  // what stands there is the tree itself: nobody else may read it
  const [kept = ''] = readdirSync(join(scene.folder, 'state'));
  assert.ok(readFileSync(join(scene.folder, 'state', kept)).length > 0);
});

test('to recipients only, and the state is full: a warning, and no more', needs('linux', 'root'), async (t) => {
  const { scene } = await toRecipient(t);
  const state = temporaryMount(t, 'size=16k');
  fill(state);
  const { code, stderr, result } = await scene.now({ BACKUP_STATE: state });
  assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  assert.match(stderr, /the index cannot be kept in BACKUP_STATE: ENOSPC.*; the next backup is a full one too/);
  assert.deepEqual(readdirSync(state), ['ballast']);
  assert.equal((await scene.now({ BACKUP_STATE: state })).result.manifest?.kind, 'full');
});

test('to recipients only: two names that share a state', needs('linux'), async (t) => {
  const { scene } = await toRecipient(t);
  const other = { BACKUP_NAME: 'shop/db1' };
  const [mine, theirs] = [await scene.save(), await scene.save(other)];
  assertSince(await scene.save(), mine);
  assertSince(await scene.save(other), theirs);
});
