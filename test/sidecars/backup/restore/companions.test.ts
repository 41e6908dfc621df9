import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { runSidecar } from '#harness/process.ts';

// an application that writes to its database, says so, and is then killed: its last changes stay beside the file
const application = `
  const { DatabaseSync } = require('node:sqlite');
  const database = new DatabaseSync(process.argv[1]);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES ('" + process.argv[2] + "')");
  console.log('written');
  setInterval(() => {}, 1000);
`;

async function writeAndDie(path: string, value: string): Promise<void> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--eval', application, path, value], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a database that is restored over one whose application was killed', () => {
  test('is as it was saved: changes that were left beside the old one are not brought in', async (t) => {
    const folder = temporaryFolder(t);
    const data = join(folder, 'data');
    mkdirSync(data);
    const path = join(data, 'app.db');
    const env = { BACKUP_SOURCES: data, BACKUP_TO: `file://${folder}/store`, BACKUP_STATE: join(folder, 'state') };
    await writeAndDie(path, 'saved');
    assert.equal((await runSidecar(t, 'backup', env, ['now'])).code, 0);
    await writeAndDie(path, 'lost');
    assert.ok(existsSync(`${path}-wal`));

    const { code, stderr } = await runSidecar(t, 'backup', env, ['restore', '--to', '/', '--overwrite', data]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /app\.db-wal is removed: it was left from before the restore/);
    assert.ok(!existsSync(`${path}-wal`));
    const database = new DatabaseSync(path);
    assert.deepEqual(
      database
        .prepare('SELECT x FROM t')
        .all()
        .map(({ x }) => x),
      ['saved'],
    );
    database.close();
  });
});
