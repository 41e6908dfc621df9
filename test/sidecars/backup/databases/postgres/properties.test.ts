// What belongs to a database and is in no dump: who owns it, who may connect, its settings.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { DatabaseScene, sharedPostgres } from './scene.ts';

const shared = sharedPostgres({ major: 18 });

const roles = `DROP ROLE IF EXISTS owns, "reads ""it"""; CREATE ROLE owns; CREATE ROLE "reads ""it""";`;

const properties = (name: string) => `ALTER DATABASE ${name} OWNER TO owns; ALTER DATABASE ${name} SET work_mem TO '32MB';
  ALTER DATABASE ${name} SET search_path TO app, "$user", public; ALTER DATABASE ${name} SET app.greeting TO 'it''s; me';
  ALTER ROLE "reads ""it""" IN DATABASE ${name} SET statement_timeout TO '5s'; REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC;
  GRANT CONNECT ON DATABASE ${name} TO "reads ""it""" WITH GRANT OPTION; COMMENT ON DATABASE ${name} IS 'of the ''app''';
  ALTER DATABASE ${name} CONNECTION LIMIT 17;`;

/** What `pg_dump --create` says of a database beside its content. */
function described({ bin, socketFolder, port }: (typeof shared)['server'], database: string): string {
  const args = ['--create', '--schema-only', '--host', socketFolder, '--port', String(port), '--username', 'postgres', database];
  const said = execFileSync(`${bin}/pg_dump`, args, { encoding: 'utf8' }).replaceAll(database, 'NAME');
  return (
    said
      .match(/^(ALTER|COMMENT|REVOKE|GRANT|CREATE DATABASE).*$/gm)
      ?.sort()
      .join('\n') ?? ''
  );
}

test('a database that was lost with its roles has them again, and all that belongs to itself', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, 'CREATE TABLE things AS SELECT 1 AS one');
  await shared.server.sql(`${roles} ${properties(scene.database)}`);
  const before = described(shared.server, scene.database);
  assert.match(before, /statement_timeout.*OWNER TO owns|OWNER TO owns.*statement_timeout/s);
  await scene.save();
  await shared.server.sql(`DROP DATABASE ${scene.database}; DROP ROLE owns; DROP ROLE "reads ""it"""`);
  assert.equal((await scene.restore('again')).code, 0);
  assert.equal(described(shared.server, 'again'), before);
  await shared.server.sql('DROP DATABASE again');
});

test('with --no-owner it belongs to who restores, and so do databases that were there', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, shared.server, 'CREATE TABLE things AS SELECT 1 AS one');
  await shared.server.sql(`${roles} ${properties(scene.database)}`);
  await scene.save();
  const owner = (name: string) => shared.server.sql(`SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = '${name}'`);
  assert.equal((await scene.restore('ours', ['--no-owner'])).code, 0);
  assert.equal(await owner('ours'), 'postgres');
  await shared.server.sql('CREATE DATABASE there');
  assert.equal((await scene.restore('there')).code, 0);
  assert.equal(await owner('there'), 'postgres');
});
