// Each server, saved by the programs of its own major and of each higher one, and restored to itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { type PostgresMajor, postgresMajors } from '#harness/rig.ts';
import { runOf } from '../../whole/scene.ts';
import { everything } from './everything.ts';
import { addressOf, assertSameDatabase, contentOf, DatabaseScene, nameOfNew, reasonOf, sharedPostgres } from './scene.ts';

const servers = new Map(postgresMajors.map((major) => [major, sharedPostgres({ major })]));

/** The server of a major. */
function serverOf(major: PostgresMajor) {
  const shared = servers.get(major);
  if (shared === undefined) throw new Error(`there is no server of ${major}`);
  return shared.server;
}

for (const major of postgresMajors)
  for (const tools of postgresMajors.filter((candidate) => candidate >= major))
    test(`a server of ${major} by the programs of ${tools}`, needs('postgresql', 'root'), async (t) => {
      const server = serverOf(major);
      const scene = await DatabaseScene.with(t, server, everything);
      const { code, result, stderr } = runOf(await scene.startWith([tools], ['now']).ended);
      assert.deepEqual([code, result.outcome], [0, 'saved'], stderr);
      const [saved] = result.manifest?.databases ?? [];
      assert.match(saved?.tool ?? '', new RegExp(`^pg_dump ${tools}\\.`));
      assert.match(saved?.server ?? '', new RegExp(`^${major}\\.`));
      assert.equal(saved?.format, tools < 16 ? 'custom-plain' : 'custom');
      const name = nameOfNew();
      const restored = await scene.startWith([tools], ['restore', '--to', addressOf(name)]).ended;
      assert.equal(restored.code, 0, restored.stderr);
      assert.match(restored.stdout, /(are as they were|is as it was) saved, by rows and checksums/);
      await assertSameDatabase(server, scene.database, server, name);
      if (tools === major || tools === 17) return;
      const drilled = await scene.startWith([tools], ['drill']).ended;
      assert.equal(drilled.code, 0, drilled.stderr);
    });

for (const [major, tools] of [
  [18, [15, 17]],
  [17, [15]],
] as const)
  test(
    `a server of ${major} where there are only programs of ${tools.join(' and ')}: refused`,
    needs('postgresql', 'root'),
    async (t) => {
      const scene = await DatabaseScene.with(t, serverOf(major), 'CREATE TABLE a (b int)');
      const reason = reasonOf(runOf(await scene.startWith(tools, ['now']).ended));
      const there = `there are those of ${tools.join(', ')}`;
      const next = 'use a newer image, or put their folder on PATH';
      assert.ok(
        reason.endsWith(`/${scene.database} takes pg_dump and pg_restore ${major} or newer, and ${there}; ${next}`),
        reason,
      );
      scene.assertHolds();
    },
  );

test(
  'an old server into a database with something in it, by programs that are too new for one transaction: refused',
  needs('postgresql', 'root'),
  async (t) => {
    const server = serverOf(15);
    const scene = await DatabaseScene.with(t, server, 'CREATE TABLE a AS SELECT 1 AS b');
    assert.equal((await scene.startWith([18], ['now']).ended).code, 0);
    const before = await contentOf(server, scene.database);
    const { code, stderr } = await scene.startWith([18], ['restore', '--clean', '--to', addressOf(scene.database)]).ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /is of release 15, and the dump is read by pg_restore 18\.\S+, which cannot restore there in one transaction.*restore to a new database/,
    );
    assert.deepEqual(await contentOf(server, scene.database), before);
  },
);

test('from the oldest server to the newest one', needs('postgresql'), async (t) => {
  const scene = await DatabaseScene.with(t, serverOf(15), everything);
  const { databases } = await scene.save();
  assert.match(databases[0]?.tool ?? '', /^pg_dump 15\./);
  const name = nameOfNew();
  const newest = serverOf(18);
  const { code, stderr } = await scene.restore(name, [], { PGHOST: newest.socketFolder, PGPORT: String(newest.port) });
  assert.equal(code, 0, stderr);
  assert.deepEqual(await contentOf(newest, name), await contentOf(scene.server, scene.database));
});
