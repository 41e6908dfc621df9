// Drills: a backup that is restored to a scratch database, held against what was saved, and found right or wrong.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import type { Manifest } from '../../../../../sidecars/backup/catalog/manifest.ts';
import { Gate } from '../../whole/gate.ts';
import { flip } from '../../whole/store-files.ts';
import { forgeFacts, swapDump } from './forge.ts';
import { contentOf, DatabaseScene, nameOfNew, sharedPostgres, untilGone } from './scene.ts';
import { Weir } from './weir.ts';

const shared = sharedPostgres({ major: 15, hba: ['host all postgres samehost trust'] });
const drillServer = sharedPostgres({ major: 18, hba: ['host all all samehost trust'] });

const goods = `CREATE TABLE goods (id serial PRIMARY KEY, name text, price numeric);
  INSERT INTO goods (name, price) SELECT 'good ' || i, i * 1.5 FROM generate_series(1, 1000) i;
  CREATE TABLE empty (); CREATE VIEW dear AS SELECT * FROM goods WHERE price > 100;`;

/** The scratch databases of a server. */
async function scratches(server = shared.server): Promise<string[]> {
  const names = await server.sql("SELECT datname FROM pg_database WHERE starts_with(datname, 'sidekick_drill_') ORDER BY 1");
  return names.split('\n').filter((name) => name !== '');
}

/** What the manifests in the store say of drills. */
async function drilled(scene: DatabaseScene): Promise<(string | undefined)[]> {
  return (await scene.list()).map((backup) => backup.drilled?.outcome);
}

test('proven, and the source is what it was, to the last xmin', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, goods);
  const source = async () => [
    await contentOf(scene.server, scene.database),
    await scene.sql(
      "SELECT pg_database_size(current_database()), pg_relation_filenode('goods'), md5(string_agg(xmin || ctid::text, '')) FROM goods",
    ),
  ];
  const before = await source();
  const { id } = await scene.save();
  const { code, stdout, stderr } = await scene.run(['drill']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, new RegExp(`^${id}  postgres:\\S+  proven: 2 tables with 1000 rows compared by rows and checksums, in `));
  const [backup] = await scene.list();
  assert.deepEqual([backup?.drilled?.outcome, backup?.drilled?.reason, backup?.drilled?.rows], ['proven', null, 1000]);
  assert.deepEqual(await scratches(), []);
  assert.deepEqual(await source(), before);
  const json = JSON.parse((await scene.run(['drill', '--json', id.slice(0, 20)])).stdout);
  assert.deepEqual([json.id, json.outcome, json.tables], [id, 'proven', 2]);
});

const forgeries: readonly (readonly [string, (store: string, backup: Manifest, other: Manifest) => void, RegExp])[] = [
  [
    'a row more was saved',
    (store, backup) => forgeFacts(store, backup, (fact) => (fact.table === 'public.goods' ? { ...fact, rows: '1001' } : fact)),
    /public\.goods has 1000 rows, and had 1001/,
  ],
  [
    'a table more was saved',
    (store, backup) =>
      forgeFacts(store, backup, (fact) => (fact.table === 'public.empty' ? { ...fact, table: 'public.gone' } : fact)),
    /public\.gone is missing, public\.empty was not there/,
  ],
  ['the dump is damaged', (store, backup) => flip(join(store, backup.databases[0]?.dump.file ?? '')), /\.dump\b/],
  ['the dump is of another state, with one value changed', swapDump, /public\.goods has as many rows \(1000\), and other values/],
];

test(`disproved: ${forgeries.map(([what]) => what).join('; ')}`, needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, goods);
  const older = await scene.save();
  await scene.sql("UPDATE goods SET price = 7 WHERE name = 'good 500'");
  const newer = await scene.save();
  const right = join(scene.folder, 'right');
  cpSync(scene.store, right, { recursive: true });
  for (const [what, forge, reason] of forgeries) {
    cpSync(right, scene.store, { recursive: true });
    forge(scene.store, newer, older);
    const { code, stderr } = await scene.run(['drill']);
    assert.equal(code, 1, what);
    assert.match(stderr, reason);
    assert.match(stderr, new RegExp(`${newer.id} is disproved`));
    assert.deepEqual(await scratches(), []);
  }
  assert.deepEqual(await drilled(scene), [undefined, 'disproved']);
  // it is not good: what is older stays, and is what a restore takes
  assert.equal((await scene.run(['prune'], { BACKUP_KEEP: 'last=1' })).code, 0);
  assert.deepEqual(
    (await scene.list()).map(({ id }) => id),
    [older.id, newer.id],
  );
  assert.match((await scene.restore(nameOfNew())).stdout, new RegExp(`^${older.id} `));
});

test('databases of others are never dropped, whatever they are called and say', needs('postgresql'), async (t) => {
  const { server } = shared;
  const others = ['sidekick_drill_mine', 'sidekick_drilled'];
  for (const name of others) await server.sql(`CREATE DATABASE ${name}`);
  await server.sql("COMMENT ON DATABASE sidekick_drilled IS 'sidekick/backup drill on db1, 2026-11-26T03:15:00Z'");
  await server.sql('CREATE TABLE kept AS SELECT 1 AS one', 'sidekick_drill_mine');
  const scene = await DatabaseScene.with(t, server, goods);
  await scene.save();
  assert.equal((await scene.run(['drill'])).code, 0);
  assert.deepEqual(await scratches(), ['sidekick_drill_mine']);
  const all = await scene.run(['--check'], { BACKUP_SOURCES: 'postgres:///*' });
  for (const name of others) assert.ok(all.stdout.includes(`/${name} (`), all.stdout);
  for (const name of others) await server.sql(`DROP DATABASE ${name}`);
});

test(
  'SIGKILL leaves a scratch database, which the next drill drops, and not that of one that is at work',
  needs('postgresql'),
  async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, goods);
    const weir = await Weir.open(t, shared.server.port);
    const through = { PGHOST: '127.0.0.1', PGPORT: String(weir.port) };
    await scene.save();
    const { BACKUP_SOURCES = '' } = scene.env;
    const drill = async () => {
      weir.hold('CREATE TABLE public.goods');
      const running = scene.start(['drill'], { BACKUP_DRILL_URL: `postgres://postgres@127.0.0.1:${weir.port}`, BACKUP_SOURCES });
      await weir.holds('CREATE TABLE public.goods');
      return running;
    };
    const first = await drill();
    const [left, ...none] = await scratches();
    assert.deepEqual([typeof left, none], ['string', []]);
    // while it lives it keeps its own
    assert.equal((await scene.run(['drill'])).code, 0);
    assert.deepEqual(await scratches(), [left]);
    weir.release();
    assert.equal((await first.ended).code, 0);
    assert.deepEqual(await scratches(), []);

    const second = await drill();
    const [dead] = await scratches();
    await second.stop('SIGKILL');
    weir.release();
    await untilGone(shared.server, Number(through.PGPORT));
    assert.deepEqual(await scratches(), [dead]);
    const saved = await scene.save({ BACKUP_SOURCES: 'postgres:///*', BACKUP_MIN_RATIO: '0%' });
    assert.ok(!saved.databases.some(({ database }) => database === dead), 'what drills have made is not saved');
    assert.equal((await scene.run(['drill'])).code, 0);
    assert.deepEqual(await scratches(), []);
  },
);

test('SIGTERM in the middle of a drill drops its scratch database', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, goods, { SIDEKICK_GRACE: '40s' });
  const weir = await Weir.open(t, shared.server.port);
  await scene.save();
  weir.hold('CREATE TABLE public.goods');
  const drill = scene.start(['drill'], { BACKUP_DRILL_URL: `postgres://postgres@127.0.0.1:${weir.port}` });
  await weir.holds('CREATE TABLE public.goods');
  const { code, stderr } = await drill.stop();
  assert.equal(code, 1);
  assert.doesNotMatch(stderr, /grace|proven/);
  await until('the scratch database is gone', async () => (await scratches()).length === 0);
  assert.deepEqual(await drilled(scene), [undefined], 'it says nothing of the backup');
});

test('on another server of another major, and by age without an identity', needs('postgresql'), async (t) => {
  const recipient = await identityToRecipient(await generateIdentity());
  const { port } = drillServer.server;
  const scene = await DatabaseScene.with(t, shared.server, goods, {
    BACKUP_DRILL: 'always',
    BACKUP_DRILL_URL: `postgres://postgres@127.0.0.1:${port}`,
    BACKUP_AGE_RECIPIENTS: recipient,
  });
  const { drilled: told, databases } = await scene.save();
  assert.deepEqual([told?.outcome, told?.rows, told?.checksums], ['proven', 1000, true]);
  assert.match(databases[0]?.dump.file ?? '', /\.dump\.zst\.age$/);
  assert.deepEqual([await scratches(), await scratches(drillServer.server)], [[], []]);
  // later the sidecar itself cannot read it any more
  const { code, stderr } = await scene.run(['drill']);
  assert.deepEqual([code, /BACKUP_AGE_IDENTITY/.test(stderr)], [1, true], stderr);
});

test(
  'a role that may make no databases: undone, with what to grant; and one that may: proven',
  needs('postgresql'),
  async (t) => {
    await shared.server.sql('CREATE ROLE "Drill Master" LOGIN');
    const scene = await DatabaseScene.with(t, shared.server, `${goods} CREATE EXTENSION citext;`);
    await scene.save();
    const by = { PGUSER: 'Drill Master' };
    await shared.server.sql('ALTER ROLE "Drill Master" PASSWORD \'secret\'');
    Object.assign(by, {
      PGPASSWORD: 'secret',
      PGHOST: '127.0.0.1',
      BACKUP_DRILL_URL: `postgres://127.0.0.1:${shared.server.port}`,
    });
    const refused = await scene.run(['drill'], by);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is undone: .*permission denied to create database; ALTER ROLE \\"Drill Master\\" CREATEDB/);
    assert.deepEqual(await drilled(scene), ['undone']);
    await shared.server.sql('ALTER ROLE "Drill Master" CREATEDB');
    const allowed = await scene.run(['drill'], by);
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.deepEqual(await drilled(scene), ['proven']);
    // what is known stays known
    await shared.server.sql('ALTER ROLE "Drill Master" NOCREATEDB');
    assert.equal((await scene.run(['drill'], by)).code, 1);
    assert.deepEqual(await drilled(scene), ['proven']);
  },
);

test('the server of the drill goes down in the middle of it: undone', needs('postgresql'), async (t) => {
  const weir = await Weir.open(t, drillServer.server.port);
  const scene = await DatabaseScene.with(t, shared.server, goods);
  await scene.save();
  weir.hold('CREATE TABLE public.goods');
  const drill = scene.start(['drill'], { BACKUP_DRILL_URL: `postgres://postgres@127.0.0.1:${weir.port}` });
  await weir.holds('CREATE TABLE public.goods');
  await drillServer.server.stop('SIGQUIT');
  weir.release();
  const { code, stderr } = await drill.ended;
  assert.equal(code, 1);
  assert.match(stderr, /is undone: postgres:\S+: .*(closed the connection|terminat)/);
  assert.deepEqual(await drilled(scene), ['undone']);
  await drillServer.server.start();
});

test(
  'BACKUP_DRILL: once in its period; what could not be drilled is told, and costs no older backup',
  needs('postgresql'),
  async (t) => {
    const gate = await Gate.open(t);
    const scene = await DatabaseScene.with(t, shared.server, goods, {
      BACKUP_DRILL: 'weekly',
      BACKUP_KEEP: 'last=1',
      BACKUP_NOTIFY: gate.url('/hook'),
    });
    const first = await scene.save();
    const second = await scene.save();
    assert.deepEqual([first.drilled?.outcome, second.drilled], ['proven', null]);
    assert.deepEqual(gate.asked, []);
    const weir = await Weir.open(t, shared.server.port);
    weir.cut();
    const nowhere = { BACKUP_DRILL: 'always', BACKUP_DRILL_URL: 'postgres://postgres@127.0.0.1:1' };
    const { code, result, stderr } = await scene.now(nowhere);
    assert.deepEqual([code, result.outcome, result.manifest?.drilled?.outcome], [1, 'unproven', 'undone'], stderr);
    assert.match(result.reason ?? '', /ECONNREFUSED.*check that the server runs/);
    const notice = JSON.parse(gate.of('/hook')[0]?.body ?? '');
    assert.deepEqual([notice.outcome, notice.ok, notice.drilled], ['unproven', false, 'undone']);
    assert.match(notice.message, /ECONNREFUSED/);
    assert.deepEqual(
      (await scene.list()).map(({ id }) => id),
      [second.id, result.manifest?.id],
    );
    // the next time it is due again, as none has come to an end
    const third = await scene.now({ BACKUP_DRILL: 'weekly' });
    assert.deepEqual([third.result.outcome, third.result.manifest?.drilled?.outcome], ['saved', 'proven']);
  },
);
