// Databases that are encrypted, damaged, read by hand, and saved together with files; and where secrets are not.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { postgresBin } from '#harness/rig.ts';
import { filesIn, runOf } from '../../whole/scene.ts';
import { flip } from '../../whole/store-files.ts';
import { addressOf, assertSameDatabase, bulk, DatabaseScene, nameOfNew, newDatabase, sharedPostgres } from './scene.ts';
import { Weir } from './weir.ts';

const shared = sharedPostgres({ major: 17 });
const old = sharedPostgres({ major: 15 });
const goods = `CREATE TABLE goods (id serial PRIMARY KEY, name text); INSERT INTO goods (name) SELECT md5(i::text) FROM generate_series(1, 5000) i;`;

for (const how of ['a passphrase', 'a recipient'] as const)
  test(`encrypted with ${how}: restored, verified, drilled; and one flipped bit is found`, needs('postgresql'), async (t) => {
    const identity = await generateIdentity();
    const keys: Record<string, string> =
      how === 'a passphrase'
        ? { BACKUP_PASSPHRASE: 'correct horse' }
        : { BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity), BACKUP_AGE_IDENTITY: identity };
    const scene = await DatabaseScene.with(t, shared.server, goods, keys);
    const manifest = await scene.save();
    const [saved] = manifest.databases;
    assert.ok(manifest.globals.length === 1 && scene.files.every((file) => /\.(age|json)$/.test(file)));
    assert.ok(!readFileSync(join(scene.store, saved?.dump.file ?? ''), 'latin1').includes('PGDMP'));
    await scene.restoreSame();
    // each passphrase costs a second of work, for each file
    if (how === 'a passphrase') return;
    assert.equal((await scene.run(['verify', '--all'])).code, 0);
    assert.equal((await scene.run(['drill'])).code, 0);

    flip(join(scene.store, saved?.dump.file ?? ''));
    const verified = await scene.run(['verify', '--all']);
    assert.equal(verified.code, 1);
    assert.match(verified.stdout + verified.stderr, /-db1-\S+\.dump\.age/);
    const [damaged] = await scene.list();
    assert.match(damaged?.damaged ?? '', /\.dump\.age/);
    const name = nameOfNew();
    assert.equal((await scene.restore(name)).code, 1, 'it is not good any more');
    assert.equal((await scene.run(['restore', manifest.id, '--to', addressOf(name)])).code, 1);
  });

test('by hand: pg_restore, and zstd and age before it', needs('postgresql', 'zstd', 'age'), async (t) => {
  const identity = await generateIdentity();
  const recipients = { BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity) };
  for (const { server } of [shared, old])
    for (const more of [{}, recipients] as const) {
      const scene = await DatabaseScene.with(t, server, goods, more);
      const [saved] = (await scene.save()).databases;
      const key = join(scene.folder, 'key');
      writeFileSync(key, `${identity}\n`);
      const copy = await newDatabase(server);
      const file = saved?.dump.file ?? '';
      assert.match(file, server.major === 15 ? /\.dump\.zst(\.age)?$/ : /\.dump(\.age)?$/);
      const steps = [
        ...(file.endsWith('.age') ? [`age -d -i '${key}'`] : []),
        ...(file.includes('.zst') ? ['zstd -dc'] : []),
        `${postgresBin(server.major)}/pg_restore --exit-on-error -h ${server.socketFolder} -p ${server.port} -U postgres -d ${copy}`,
      ];
      execFileSync('bash', ['-euo', 'pipefail', '-c', `cat '${join(scene.store, file)}' | ${steps.join(' | ')}`]);
      await assertSameDatabase(server, scene.database, server, copy);
    }
});

test(
  'files and a database in one backup, also where only what has changed of the files is saved',
  needs('postgresql'),
  async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, goods, { BACKUP_FULL: 'weekly' });
    scene.env.BACKUP_SOURCES = `${scene.source},${addressOf(scene.database)}`;
    writeFileSync(scene.path('one'), 'one');
    const full = await scene.save();
    writeFileSync(scene.path('two'), 'two');
    await scene.sql('DELETE FROM goods WHERE id > 10');
    const differential = await scene.save({ BACKUP_MIN_RATIO: '0%' });
    assert.deepEqual([full.kind, differential.kind, differential.parent], ['full', 'differential', full.id]);
    assert.deepEqual([full.databases[0]?.counts.rows, differential.databases[0]?.counts.rows], [5000, 10]);
    await scene.restoreSame();
    const to = join(scene.folder, 'restored');
    const files = await scene.run(['restore', '--to', to]);
    assert.equal(files.code, 0, files.stderr);
    assert.match(files.stderr, /the backup has databases too, which are restored each by itself/);
    assert.deepEqual(filesIn(join(to, scene.source)), ['one', 'two']);
    const older = nameOfNew();
    const { code, stderr } = await scene.run(['restore', full.id, '--to', addressOf(older)]);
    assert.equal(code, 0, stderr);
    assert.equal(await shared.server.sql('SELECT count(*) FROM goods', older), '5000');
    const list = (await scene.run(['list'])).stdout + (await scene.run(['show', full.id])).stdout;
    assert.match(list, new RegExp(`${full.id}[^]*postgres:\\S+/${scene.database}`));
  },
);

test(
  'the password: in no command line, no log, no setting that is shown, and nothing that is stored',
  needs('postgresql'),
  async (t) => {
    const password = 'hunter2-password';
    await shared.server.sql(`CREATE ROLE saver LOGIN SUPERUSER PASSWORD '${password}'`);
    const weir = await Weir.open(t, shared.server.port);
    const scene = await DatabaseScene.with(t, shared.server, `${goods} ${bulk('big', 16)}`, {
      PGHOST: '127.0.0.1',
      PGPORT: String(weir.port),
      PGUSER: 'saver',
      PGPASSWORD: password,
      BACKUP_DRILL: 'always',
      SIDEKICK_LOG_LEVEL: 'trace',
    });
    weir.hold('COPY public.big', 1_000_000);
    const run = scene.start(['now']);
    await weir.holds('COPY public.big');
    const lines = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        } catch {
          // it ended since it was seen
          return '';
        }
      });
    assert.ok(
      lines.some((line) => line.includes('--lock-wait-timeout')),
      'pg_dump is among them',
    );
    weir.release();
    const ended = await run.ended;
    assert.equal(runOf(ended).result.outcome, 'saved', ended.stderr);
    const settings = await scene.run(['--print-settings']);
    assert.match(settings.stdout, /PGPASSWORD/);
    const check = await scene.run(['--check']);
    const stored = filesIn(scene.folder).map((file) => readFileSync(join(scene.folder, file), 'latin1'));
    const said = [...lines, ...[ended, settings, check].flatMap(({ stdout, stderr }) => [stdout, stderr]), ...stored];
    for (const text of said) assert.ok(!text.includes(password), text.slice(0, 2000));
  },
);
