// What is dumped and what is counted are one state of the database, whatever is written meanwhile.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from 'pg';
import { atEnd } from '#harness/at-end.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { runOf } from '../../whole/scene.ts';
import { bulk, DatabaseScene, reasonOf, sharedPostgres } from './scene.ts';
import { Weir } from './weir.ts';

const shared = sharedPostgres({ major: 17, hba: ['host all postgres samehost trust'] });

const accounts = `CREATE TABLE accounts (id int PRIMARY KEY, money bigint); INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 2000) i;
  CREATE TABLE moves (id bigserial PRIMARY KEY, sum int);`;

/** Connects as an application does. */
async function connected(t: TestContext, { server, database }: DatabaseScene): Promise<Client> {
  const client = new Client({ host: server.socketFolder, port: server.port, user: 'postgres', database });
  await client.connect();
  atEnd(t, () => client.end());
  return client;
}

/** Moves money about until it is told to stop, which it says to have done. */
async function writing(t: TestContext, scene: DatabaseScene): Promise<() => Promise<number>> {
  let going = true;
  const lane = async (seed: number) => {
    const client = await connected(t, scene);
    let moves = 0;
    for (let at = seed; going; at += 7) {
      const [from, to] = [1 + (at % 2000), 1 + ((at * 31) % 2000)];
      await client.query(`BEGIN; UPDATE accounts SET money = money - 5 WHERE id = ${Math.min(from, to)};
        UPDATE accounts SET money = money + 5 WHERE id = ${Math.max(from, to)}; INSERT INTO moves (sum) VALUES (5);
        DELETE FROM moves WHERE id = (SELECT min(id) FROM moves) AND ${at % 3} = 0; COMMIT`);
      moves += 1;
    }
    return moves;
  };
  const lanes = [lane(1)];
  return async () => {
    going = false;
    return (await Promise.all(lanes)).reduce((sum, moves) => sum + moves);
  };
}

for (const jobs of ['1', '3'])
  test(`writers who never rest, with ${jobs} jobs`, needs('postgresql'), async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, accounts, { BACKUP_PG_JOBS: jobs });
    const stop = await writing(t, scene);
    await until('something moves', async () => Number(await scene.sql('SELECT count(*) FROM moves')) > 0);
    const manifest = await scene.save();
    const moves = await stop();
    t.diagnostic(`${moves} moves meanwhile`);
    assert.notEqual(await scene.sql('SELECT count(*) FROM moves'), String(manifest.databases[0]?.counts.rows));
    const name = `during_${jobs}`;
    const { code, stdout, stderr } = await scene.restore(name);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /(are as they were|is as it was) saved, by rows and checksums/);
    assert.equal(await shared.server.sql('SELECT sum(money) FROM accounts', name), '200000', 'no move is half there');
    const rows = 'SELECT (SELECT count(*) FROM accounts) + (SELECT count(*) FROM moves)';
    assert.equal(await shared.server.sql(rows, name), String(manifest.databases[0]?.counts.rows));
  });

/** A run that is held where its text is sent. */
async function held(t: TestContext, scene: DatabaseScene, text: string) {
  const weir = await Weir.open(t, shared.server.port);
  weir.hold(text);
  const run = scene.start(['now'], { PGHOST: '127.0.0.1', PGPORT: String(weir.port), BACKUP_PG_GLOBALS: 'false' });
  await weir.holds(text);
  return { weir, run };
}

test('tables that come, change and go once the dump has begun', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, `${accounts} ${bulk('big', 1)}`);
  const { weir, run } = await held(t, scene, 'COPY public.accounts');
  await scene.sql('CREATE TABLE later AS SELECT 1 AS one; CREATE INDEX ON later (one); INSERT INTO moves (sum) VALUES (1)');
  // what takes the whole table waits for the dump
  const other = await connected(t, scene);
  const altered = other.query('ALTER TABLE accounts ADD COLUMN more int; TRUNCATE moves; DROP TABLE big');
  const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`;
  await until('it waits', async () => (await scene.sql(waiting)) === '1');
  weir.release();
  const { code, result, stderr } = runOf(await run.ended);
  assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  await altered;
  assert.deepEqual(result.manifest?.databases[0]?.counts, { tables: 3, rows: 2125 });
  const name = 'as_it_was';
  const restored = await scene.restore(name);
  assert.equal(restored.code, 0, restored.stderr);
  assert.equal(await shared.server.sql('SELECT count(*) FROM big', name), '125');
});

test('a table that is dropped before the dump has it: the run says so', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, accounts);
  const { weir, run } = await held(t, scene, "set_config('search_path'");
  await scene.sql('DROP TABLE moves');
  weir.release();
  assert.match(reasonOf(runOf(await run.ended)), /moves.* does not exist/);
  scene.assertHolds();
  await scene.save();
});

test(
  'who wants a whole table before the dump has it waits for the dump, and the dump for nobody',
  needs('postgresql'),
  async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, accounts);
    const { weir, run } = await held(t, scene, "set_config('search_path'");
    const other = await connected(t, scene);
    // nothing of ours holds a lock yet, as pg_dump has not got its own
    await other.query('TRUNCATE moves');
    weir.release();
    const { code, result, stderr } = runOf(await run.ended);
    assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  },
);

test(
  'a table that is locked when the dump wants it: pg_dump gives up in time, and says which',
  needs('postgresql'),
  async (t) => {
    const scene = await DatabaseScene.with(t, shared.server, accounts, { BACKUP_PG_LOCK_TIMEOUT: '1s' });
    const { weir, run } = await held(t, scene, "set_config('search_path'");
    const other = await connected(t, scene);
    await other.query('BEGIN; LOCK TABLE moves IN ACCESS EXCLUSIVE MODE');
    weir.release();
    const reason = reasonOf(runOf(await run.ended));
    assert.match(
      reason,
      /^pg_dump 17\.\S+ of \S+ ended .*LOCK TABLE .*public\.moves.*locked for longer than BACKUP_PG_LOCK_TIMEOUT/,
    );
    scene.assertHolds();
  },
);

test('limits that somebody has set for applications end no dump', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, accounts);
  for (const limit of ['transaction_timeout', 'statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout'])
    await scene.sql(`ALTER DATABASE ${scene.database} SET ${limit} = '1s'`);
  await scene.sql(`ALTER DATABASE ${scene.database} SET quote_all_identifiers = on`);
  const { weir, run } = await held(t, scene, 'COPY public.accounts');
  const age = `SELECT coalesce(max(now() - xact_start) > '1500 ms', false) FROM pg_stat_activity
    WHERE datname = '${scene.database}' AND application_name = 'sidekick/backup'`;
  await until('it is older than all limits', async () => (await shared.server.sql(age)) === 't');
  weir.release();
  const { code, result, stderr } = runOf(await run.ended);
  assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
  const drilled = await scene.run(['drill']);
  assert.equal(drilled.code, 0, drilled.stderr);
});

test(
  'a table that somebody waits to empty: it is saved, and not counted, as it may be empty by then',
  needs('postgresql'),
  async (t) => {
    const rows = 'INSERT INTO moves (sum) VALUES (1), (2), (3);';
    const scene = await DatabaseScene.with(t, shared.server, `${accounts} ${rows}`);
    // it has its locks, and has written nothing yet
    const { weir, run } = await held(t, scene, 'AS src(tbloid)');
    const other = await connected(t, scene);
    const emptied = other.query('TRUNCATE moves');
    const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'`;
    await until('it waits', async () => (await scene.sql(waiting)) === '1');
    weir.release();
    const { code, result, stderr } = runOf(await run.ended);
    assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
    await emptied;
    assert.deepEqual(result.manifest?.databases[0]?.counts, { tables: 2, rows: 2000 });
    assert.match(result.manifest?.warnings.join() ?? '', /somebody has emptied or altered public\.moves meanwhile, or waits to/);
    const drilled = await scene.run(['drill']);
    assert.equal(drilled.code, 0, drilled.stderr);
    assert.equal((await scene.restore('not_emptied')).code, 0);
    assert.equal(await shared.server.sql('SELECT count(*) FROM moves', 'not_emptied'), '3');
  },
);
