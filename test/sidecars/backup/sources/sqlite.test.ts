import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import {
  Companions,
  hasPendingChanges,
  mayBeSqlite,
  parseSqliteHeader,
  readSqliteHeader,
} from '../../../../sidecars/backup/sources/sqlite.ts';
import { copySqlite, SqliteError, type SqliteFailure } from '../../../../sidecars/backup/sources/sqlite-copy.ts';

/** Starts the writer, and waits until it writes. It is killed when the test ends. */
async function startWriter(t: TestContext, path: string, mode: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL('programs/sqlite-writer.ts', import.meta.url));
  const writer = spawn(process.execPath, [program, path, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  atEnd(t, async () => {
    if (writer.exitCode !== null || writer.signalCode !== null) return;
    writer.kill('SIGKILL');
    await once(writer, 'exit');
  });
  assert.ok(writer.stdout !== null);
  await once(writer.stdout, 'data');
  return writer;
}

/** Has the writer kill itself in the middle of its work. */
async function crashed(path: string, mode: string): Promise<void> {
  const program = fileURLToPath(new URL('programs/sqlite-writer.ts', import.meta.url));
  const writer = spawn(process.execPath, [program, path, mode, 'crash'], { stdio: 'ignore' });
  const [, signal] = await once(writer, 'exit');
  assert.equal(signal, 'SIGKILL');
}

function makeDatabase(path: string, mode = 'delete'): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)`);
  database.close();
}

/** What a copy holds, once SQLite has found it whole. */
function look(path: string): { readonly sum: unknown; readonly rows: number } {
  const database = new DatabaseSync(path);
  try {
    assert.deepEqual({ ...database.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' });
    const row = database.prepare('SELECT sum(a) + sum(b) AS sum, count(*) AS rows FROM balance').get();
    return { sum: row?.sum, rows: Number(row?.rows) };
  } finally {
    database.close();
  }
}

const options = (folder: string, patience = 30_000) => ({ folder, patience, signal: new AbortController().signal });

const failsWith = (failure: SqliteFailure, message: RegExp) => (error: unknown) =>
  error instanceof SqliteError && error.failure === failure && message.test(error.message);

describe('a database is known', () => {
  test('by its first bytes, and others are not opened for most sizes', (t) => {
    const folder = temporaryFolder(t);
    makeDatabase(join(folder, 'plain'));
    makeDatabase(join(folder, 'wal'), 'wal');
    writeFileSync(join(folder, 'text'), 'SQLite format 3 is what this is about'.padEnd(512));
    writeFileSync(join(folder, 'short'), 'SQLite format 3\0');
    const header = (name: string) => readSqliteHeader(Buffer.from(join(folder, name)));
    assert.deepEqual(header('plain'), { pageSize: 4096, writeAhead: false });
    assert.deepEqual(header('wal'), { pageSize: 4096, writeAhead: true });
    for (const name of ['text', 'short', 'gone']) assert.equal(header(name), undefined);
    assert.ok(mayBeSqlite({ type: 'file', size: statSync(join(folder, 'plain')).size }));
    for (const size of [0, 1, 511, 513, 4097]) assert.ok(!mayBeSqlite({ type: 'file', size }));
    assert.ok(!mayBeSqlite({ type: 'directory', size: 4096 }));
  });

  test('with pages of every size', () => {
    const bytes = (size: number) => Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.from([size >> 8, size & 255, 1, 1])]);
    assert.deepEqual(parseSqliteHeader(bytes(512)), { pageSize: 512, writeAhead: false });
    assert.deepEqual(parseSqliteHeader(bytes(1)), { pageSize: 65_536, writeAhead: false });
  });
});

test('what is beside a copied database stays out, until the walk is past it', () => {
  const companions = new Companions();
  const has = (name: string) => companions.has(Buffer.from(name));
  assert.ok(!has('a.db-wal'));
  companions.copied(Buffer.from('a.db'));
  assert.ok(has('a.db-wal') && has('a.db-shm') && has('a.db-journal'));
  assert.ok(!has('a.db') && !has('a.db-wal2') && !has('b/a.db-wal'));
  companions.copied(Buffer.from('a.db-x'));
  assert.ok(!has('a.db-wal') && has('a.db-x-wal'));
  companions.copied(Buffer.from('b/x'));
  assert.ok(!has('a.db-wal') && !has('a.db-x-shm') && has('b/x-wal'));
});

for (const mode of ['wal', 'delete']) {
  test(`20 of 20 copies are whole while a process writes (${mode})`, async (t) => {
    const folder = temporaryFolder(t);
    const temporary = temporaryFolder(t);
    const path = join(folder, 'live.db');
    const writer = await startWriter(t, path, mode);
    let rows = 0;
    for (let round = 0; round < 20; round += 1) {
      const copy = await copySqlite(Buffer.from(path), options(temporary));
      assert.ok(copy !== undefined);
      assert.equal(copy.size, statSync(copy.path).size);
      assert.deepEqual(readdirSync(join(copy.path, '..')), ['copy.sqlite'], 'it needs no file beside it');
      const seen = look(copy.path);
      assert.equal(seen.sum, 0);
      assert.ok(seen.rows >= rows, 'it never goes back');
      rows = seen.rows;
      await copy.remove();
    }
    assert.ok(rows > 3000);
    assert.equal(writer.exitCode, null, 'the writer was not disturbed');
    assert.deepEqual(readdirSync(temporary), []);
  });
}

test('what waits in the write-ahead log is in the copy, and is seen as a change', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'crashed.db');
  await crashed(path, 'wal');
  assert.ok(hasPendingChanges(Buffer.from(path)));
  const before = statSync(`${path}-wal`).size;
  const copy = await copySqlite(Buffer.from(path), options(folder));
  assert.ok(copy !== undefined);
  assert.deepEqual(look(copy.path), { sum: 0, rows: 3000 });
  assert.equal(statSync(`${path}-wal`).size, before, 'the source is as it was');
});

test('a database in WAL mode that nobody has open needs no copy, and gets no files beside it', async (t) => {
  const folder = temporaryFolder(t);
  makeDatabase(join(folder, 'idle.db'), 'wal');
  assert.ok(!hasPendingChanges(Buffer.from(join(folder, 'idle.db'))));
  assert.equal(await copySqlite(Buffer.from(join(folder, 'idle.db')), options(folder)), undefined);
  assert.deepEqual(readdirSync(folder), ['idle.db']);
  const reader = new DatabaseSync(join(folder, 'idle.db'));
  reader.exec('SELECT * FROM t');
  const copy = await copySqlite(Buffer.from(join(folder, 'idle.db')), options(folder));
  reader.close();
  assert.ok(copy !== undefined, 'while somebody has it open it does, though nothing waits');
});

describe('no copy, and nothing left of one', () => {
  test('where somebody holds the database for themselves', async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'held.db');
    makeDatabase(path);
    const holder = new DatabaseSync(path);
    atEnd(t, () => holder.close());
    holder.exec('BEGIN EXCLUSIVE');
    const temporary = temporaryFolder(t);
    await assert.rejects(copySqlite(Buffer.from(path), options(temporary, 120)), failsWith('locked', /not let go within 0.12 s/));
    assert.deepEqual(readdirSync(temporary), []);
    setTimeout(() => holder.exec('COMMIT'), 100);
    const copy = await copySqlite(Buffer.from(path), options(temporary));
    assert.ok(copy !== undefined, 'once it is let go');
  });

  test('where the temporary folder has no room, or fills up meanwhile', needs('linux', 'root'), async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, 'big.db');
    await crashed(path, 'wal');
    const small = temporaryMount(t, 'size=64k');
    await assert.rejects(copySqlite(Buffer.from(path), options(small)), failsWith('no-room', /no room for a copy of .*big\.db/));
    // what waits in the log is not in the size of the file: that is found out only while it is copied
    truncateSync(path, 4096);
    assert.ok(statSync(`${path}-wal`).size > 200_000);
    await assert.rejects(
      copySqlite(Buffer.from(path), options(small)),
      failsWith(
        'no-room',
        /mounted has no room for a copy of .*big\.db.*; make room there, or set BACKUP_TMP to another folder$/,
      ),
    );
    assert.deepEqual(readdirSync(small), []);
    fill(small);
    await assert.rejects(
      copySqlite(Buffer.from(path), options(small)),
      failsWith(
        'no-room',
        /mounted has no room for a copy of .*big\.db.*; make room there, or set BACKUP_TMP to another folder$/,
      ),
    );
    assert.deepEqual(readdirSync(small), ['ballast']);
  });

  test('where the temporary folder has no inode left', needs('linux', 'root'), async (t) => {
    const path = join(temporaryFolder(t), 'app.db');
    makeDatabase(path);
    // one is the folder itself, one the home of the copy
    const small = temporaryMount(t, 'size=1m,nr_inodes=2');
    await assert.rejects(
      copySqlite(Buffer.from(path), options(small)),
      failsWith(
        'no-room',
        /no copy of .*app\.db can be made in .*mounted: .*; look for free room and inodes there, or set BACKUP_TMP/,
      ),
    );
    assert.deepEqual(readdirSync(small), []);
  });

  test('where the temporary folder is not there', async (t) => {
    const folder = temporaryFolder(t);
    makeDatabase(join(folder, 'a.db'));
    const gone = join(folder, 'gone');
    await assert.rejects(
      copySqlite(Buffer.from(join(folder, 'a.db')), options(gone)),
      failsWith('no-room', /a\.db can be made in .*gone: ENOENT.*; make room there, or set BACKUP_TMP to another folder$/),
    );
  });

  test('where the database is damaged, or is none', async (t) => {
    const folder = temporaryFolder(t);
    const temporary = temporaryFolder(t);
    const path = join(folder, 'torn.db');
    makeDatabase(path);
    writeFileSync(join(folder, 'text'), 'text');
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(100, 0xff), 0, 100, 100);
    closeSync(file);
    await assert.rejects(copySqlite(Buffer.from(path), options(temporary)), failsWith('unreadable', /torn\.db cannot be copied/));
    await assert.rejects(
      copySqlite(Buffer.from(join(folder, 'text')), options(temporary)),
      failsWith('unreadable', /text cannot be read/),
    );
    assert.deepEqual(readdirSync(temporary), []);
  });

  test('where the signal aborts', async (t) => {
    const folder = temporaryFolder(t);
    const temporary = temporaryFolder(t);
    const path = join(folder, 'a.db');
    makeDatabase(path);
    const stopped = new Error('stopped');
    await assert.rejects(copySqlite(Buffer.from(path), { ...options(temporary), signal: AbortSignal.abort(stopped) }), stopped);
    const holder = new DatabaseSync(path);
    atEnd(t, () => holder.close());
    holder.exec('BEGIN EXCLUSIVE');
    const stop = new AbortController();
    const copying = copySqlite(Buffer.from(path), { ...options(temporary), signal: stop.signal });
    setTimeout(() => stop.abort(stopped), 60);
    await assert.rejects(copying, stopped);
    assert.deepEqual(readdirSync(temporary), []);
  });
});

test('a database on a mount that may only be read is copied while its application writes', needs('linux', 'root'), async (t) => {
  const folder = temporaryMount(t, 'size=64m');
  const path = join(folder, 'live.db');
  await startWriter(t, path, 'wal');
  const readOnly = await readOnlyMount(t, folder);
  const copy = await copySqlite(Buffer.from(join(readOnly, 'live.db')), options(temporaryFolder(t)));
  assert.ok(copy !== undefined);
  assert.equal(look(copy.path).sum, 0);
});

test('changes that were never brought in are beyond who may only read', needs('linux', 'root'), async (t) => {
  const folder = temporaryMount(t, 'size=64m');
  await crashed(join(folder, 'was.db'), 'wal');
  copyFileSync(join(folder, 'was.db'), join(folder, 'old.db'));
  copyFileSync(join(folder, 'was.db-wal'), join(folder, 'old.db-wal'));
  const readOnly = await readOnlyMount(t, folder);
  const path = Buffer.from(join(readOnly, 'old.db'));
  await assert.rejects(copySqlite(path, options(temporaryFolder(t))), failsWith('read-only', /start its application once/));
  assert.ok(!existsSync(join(folder, 'old.db-shm')));
});

test('a name that is not UTF-8', needs('linux'), async (t) => {
  const folder = temporaryFolder(t);
  makeDatabase(join(folder, 'a.db'));
  const path = Buffer.concat([Buffer.from(join(folder, 'odd-')), Buffer.from([0xff])]);
  symlinkSync('a.db', path);
  const copy = await copySqlite(path, options(folder));
  assert.ok(copy !== undefined && copy.size > 0);
});

/** The same folder once more, to be read only. */
async function readOnlyMount(t: TestContext, folder: string): Promise<string> {
  const point = temporaryFolder(t);
  for (const args of [
    ['--bind', folder, point],
    ['-o', 'remount,ro,bind', point],
  ]) {
    const mount = spawn('mount', args, { stdio: 'ignore' });
    assert.deepEqual(await once(mount, 'exit'), [0, null]);
  }
  atEnd(t, async () => once(spawn('umount', ['--lazy', point], { stdio: 'ignore' }), 'exit'));
  return point;
}
