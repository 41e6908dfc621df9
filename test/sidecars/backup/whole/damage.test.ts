// One byte that is missing, or one bit that is another one: it is found, named with its file and place, and nothing is built upon it.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { filesOf, Scene } from './scene.ts';
import { addOlder, cut, flip } from './store-files.ts';
import { makeMotley } from './trees.ts';

const moment = 10_000;

/** What verify says of a file that lacks bytes, and of one in which some are others; the place in it, where it has one. */
const lacks = /has \d+ bytes, and had \d+ when it was written/;
const differs = /begins at compressed byte \d+|bytes \d+ to \d+ are not|is not what was written/;

for (const [how, env] of [
  ['plain', {}],
  ['encrypted', { BACKUP_PASSPHRASE: 'pass' }],
] as const)
  test(`${how}: an archive and an index that are cut by a byte or have a bit turned`, needs('linux'), async (t) => {
    const scene = new Scene(t, { ...env, BACKUP_FULL: 'monthly', BACKUP_VERIFY: 'never' });
    makeMotley(scene.source);
    const last = await scene.save();
    const good = addOlder(scene.store, last, 5 * moment);
    const damaged = (
      [
        ['archive', cut, lacks],
        ['archive', flip, differs],
        ['index', cut, lacks],
        ['index', flip, differs],
      ] as const
    ).map(([part, damage, told], index) => {
      const backup = addOlder(scene.store, last, (index + 1) * moment);
      const { file } = backup[part];
      damage(join(scene.store, file));
      return { backup, file, told };
    });
    // nobody knows yet: what is restored is told to be damaged all the same
    const to = join(scene.folder, 'new');
    for (const { backup, file } of damaged.slice(0, 2)) {
      const { code, stderr } = await scene.run(['restore', backup.id, '--to', to, '--overwrite']);
      assert.equal(code, 1);
      assert.ok(stderr.includes(file), stderr);
    }

    const { code, stdout, stderr } = await scene.run(['verify', '--all']);
    assert.equal(code, 1);
    assert.match(stderr, /4 backups are damaged/);
    for (const { backup, file, told } of damaged) {
      const line = stdout.split('\n').find((each) => each.includes(backup.id)) ?? '';
      assert.ok(line.includes(`DAMAGED: ${file}`), line);
      assert.match(line, told);
    }
    for (const { id } of [good, last]) assert.match(stdout, new RegExp(`${id}  ok\n`));
    const { stdout: table } = await scene.run(['list']);
    for (const { backup } of damaged) assert.match(table, new RegExp(`^${backup.id} .* DAMAGED$`, 'm'));

    // the newest one that is left is what the next one is compared with
    rmSync(join(scene.store, `${last.id}.json`));
    assert.equal((await scene.save()).parent, good.id);
  });

test('an archive that is gone, and a manifest that is cut', needs('linux'), async (t) => {
  const scene = new Scene(t, { BACKUP_KEEP: 'last=1', BACKUP_VERIFY: 'never' });
  makeMotley(scene.source);
  const last = await scene.save();
  const gone = addOlder(scene.store, last, moment);
  rmSync(join(scene.store, gone.archive.file));
  const torn = addOlder(scene.store, last, 2 * moment);
  cut(join(scene.store, `${torn.id}.json`), 100);

  const { code, stdout } = await scene.run(['verify', '--all']);
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`${gone.id}  DAMAGED: ${gone.archive.file} is gone: .*ENOENT`));
  assert.match(stdout, new RegExp(`${torn.id}  DAMAGED: it is not JSON`));
  const list = await scene.run(['list']);
  assert.match(list.stderr, new RegExp(`${torn.id} is left out: it is not JSON`));
  assert.doesNotMatch(list.stdout, new RegExp(torn.id));

  // what cannot be read may need any other one: it is kept with all of them
  const { code: saved, stderr } = await scene.now();
  assert.equal(saved, 0);
  assert.match(stderr, new RegExp(`${torn.id} cannot be read .*: nothing is removed. Remove its files by hand`));
  for (const file of filesOf(last, torn)) assert.ok(existsSync(join(scene.store, file)), file);
  assert.ok(readdirSync(scene.store).includes(`${gone.id}.json`));
});
