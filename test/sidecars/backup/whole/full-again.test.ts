// When everything is saved again: by the calendar, and where there is nothing to compare with.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { assertByHand, assertRestored, assertSince, changeAll, makeTree, weekly } from './changing.ts';
import { Scene } from './scene.ts';
import { addOlder, flip, makeOlder } from './store-files.ts';

const hour = 3_600_000;

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

test('without an id the newest one is restored that can be: not one whose full one is damaged', needs('linux'), async (t) => {
  const scene = new Scene(t, weekly);
  makeTree(scene);
  const base = await scene.save();
  const older = addOlder(scene.store, base, 60_000);
  assertSince(await scene.save(), base);
  flip(join(scene.store, base.archive.file));
  const { code, stdout } = await scene.run(['verify']);
  assert.equal(code, 1, 'it needs the other one, which is read, too');
  assert.match(stdout, new RegExp(`${base.id}  DAMAGED`));
  const restored = await scene.run(['restore', '--to', join(scene.folder, 'new')]);
  assert.match(restored.stdout, new RegExp(`^${older.id} `), restored.stderr);
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

/** What a run keeps in its state, beside the files that tell who holds its lease. */
function keptIn(state: string): string[] {
  return readdirSync(state).filter((name) => !/^run\.(json|lock)$/.test(name));
}

test('to recipients only: compared with the index in BACKUP_STATE', needs('linux', 'zstd', 'age'), async (t) => {
  const { scene, keyFile } = await toRecipient(t);
  const base = await scene.save();
  assert.deepEqual(keptIn(join(scene.folder, 'state')), [`${base.id}.index.zst`]);
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
  // it has all names in plain: for its owner alone
  const [kept = ''] = keptIn(join(scene.folder, 'state'));
  assert.equal(statSync(join(scene.folder, 'state', kept)).mode & 0o777, 0o600);
});

test('to recipients only, and the state is full: a warning, and no more', needs('linux', 'root'), async (t) => {
  const { scene } = await toRecipient(t);
  const state = temporaryMount(t, 'size=16k');
  fill(state);
  const { code, stderr, result } = await scene.now({ BACKUP_STATE: state });
  assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  assert.match(stderr, /the index cannot be kept in BACKUP_STATE: ENOSPC.*; the next backup is a full one too/);
  assert.deepEqual(keptIn(state), ['ballast']);
  assert.equal((await scene.now({ BACKUP_STATE: state })).result.manifest?.kind, 'full');
});

test('to recipients only: two names that share a state', needs('linux'), async (t) => {
  const { scene } = await toRecipient(t);
  const other = { BACKUP_NAME: 'shop/db1' };
  const [mine, theirs] = [await scene.save(), await scene.save(other)];
  assertSince(await scene.save(), mine);
  assertSince(await scene.save(other), theirs);
});
