import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { startPostgres } from '#harness/postgres.ts';
import { warningOfDatabaseFolder } from '../../../../sidecars/backup/sources/database-folder.ts';
import { Scene } from '../whole/scene.ts';

test('a folder of a database server is known by a file in it', () => {
  const of = (path: string) => warningOfDatabaseFolder(Buffer.from(path));
  assert.match(of('/data/postmaster.pid') ?? '', /^\/data is the folder of PostgreSQL: .* BACKUP_SOURCES=postgres:/);
  assert.match(
    of('/var/lib/mysql/ibdata1') ?? '',
    /^\/var\/lib\/mysql is the folder of MariaDB or MySQL: .* BACKUP_SOURCES=mysql:/,
  );
  for (const path of ['/data/my-postmaster.pid', '/data/postmaster.pid.old', '/data/constructor', '/ibdata11', '/1', '/d', ''])
    assert.equal(of(path), undefined, path);
});

test('a source with a server in it is saved, and a warning says what to do instead', needs('postgresql'), async (t) => {
  const { socketFolder } = await startPostgres(t, { major: 17 });
  assert.ok(existsSync(join(socketFolder, 'data/postmaster.pid')));
  const scene = new Scene(t, { BACKUP_SOURCES: socketFolder });
  const { warnings } = await scene.save({ BACKUP_MAX_CHANGED: '100%' });
  assert.equal(warnings.filter((warning) => warning.startsWith(`${socketFolder}/data is the folder of PostgreSQL`)).length, 1);
});
