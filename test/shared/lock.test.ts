import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { acquireLock, LockHeldError } from '#shared/lock.ts';
import { retry } from '#shared/retry.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-lock-'));
after(() => rmSync(folder, { recursive: true }));

test('one holder in a process, and the next after its release', () => {
  const inside = join(folder, 'same-process');
  mkdirSync(inside);
  const path = join(inside, 'lock');
  const lock = acquireLock(path);
  assert.throws(() => acquireLock(path), LockHeldError);
  assert.throws(() => acquireLock(path), { message: `${path} is locked by another process` });
  assert.equal(tryIn(path), 'LockHeldError', 'the refused attempts have not released it');
  lock.release();
  lock.release();
  const next = acquireLock(path);
  lock.release();
  assert.throws(() => acquireLock(path), LockHeldError, 'releasing the old one again does not touch the new one');
  next.release();
  assert.deepEqual([readdirSync(inside), statSync(path).size], [['lock'], 0], 'the file stays, empty, and alone');
});

test('another process is refused, until the holder is killed', async () => {
  const path = join(folder, 'killed');
  const holder = holdIn(path);
  await once(holder, 'message');
  assert.throws(() => acquireLock(path), LockHeldError);
  assert.equal(tryIn(path), 'LockHeldError');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  acquireLock(path).release();
});

test('another process gets it once it is released, and nothing is printed', () => {
  const path = join(folder, 'released');
  const lock = acquireLock(path);
  assert.equal(tryIn(path), 'LockHeldError');
  lock.release();
  assert.equal(tryIn(path), 'acquired');
});

test('a lock that nobody refers to any more is still held', () => {
  const path = join(folder, 'forgotten');
  const program = `
    import { spawnSync } from 'node:child_process';
    acquireLock(${JSON.stringify(path)});
    for (let n = 0; n < 5; n++) { globalThis.gc(); await new Promise(setImmediate); }
    const { stdout } = spawnSync(process.execPath, ${JSON.stringify(attempt(path))}, { encoding: 'utf8' });
    process.stdout.write(stdout);`;
  assert.equal(run(['--expose-gc', ...importing(program)]), 'LockHeldError');
});

test('between processes in PID namespaces of their own, as containers are', {
  ...needs('linux', 'root'),
  timeout: 30_000,
}, async () => {
  const path = join(folder, 'namespaces');
  const holder = holdIn(path, ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']);
  await once(holder, 'message');
  const { stdout } = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', process.execPath, ...attempt(path)], {
    encoding: 'utf8',
    cwd: import.meta.dirname,
  });
  assert.equal(stdout, 'LockHeldError');
  holder.kill('SIGKILL');
  // The kernel ends the process inside a moment after the one that made its namespace.
  await retry(async () => acquireLock(path).release(), { backoff: { base: 5, cap: 50 } });
});

test('where the file cannot be made, it throws what the system says', () => {
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => acquireLock(join(folder, 'absent', 'lock')), { code: 'ENOENT', message: /absent/ });
  assert.throws(() => acquireLock(join(folder, 'file', 'lock')), { code: 'ENOTDIR' });
  assert.throws(() => acquireLock(folder), { code: 'EISDIR' });
});

test('a folder or a file that is not ours to write is EACCES', needs('linux', 'root'), () => {
  const shut = join(folder, 'shut');
  mkdirSync(shut);
  const lock = join(folder, 'shut.lock');
  writeFileSync(lock, '');
  chmodSync(folder, 0o755);
  chmodSync(lock, 0o644);
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  assert.equal(tryIn(join(shut, 'lock'), asNobody), 'EACCES');
  assert.equal(tryIn(lock, asNobody), 'EACCES');
});

test('a read-only file system is EROFS, whether the file is there or not', needs('linux', 'root'), (t) => {
  const disk = join(folder, 'read-only');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', disk]);
  t.after(() => execFileSync('umount', [disk]));
  writeFileSync(join(disk, 'there'), '');
  execFileSync('mount', ['-o', 'remount,ro', disk]);
  assert.throws(() => acquireLock(join(disk, 'there')), { code: 'EROFS' });
  assert.throws(() => acquireLock(join(disk, 'not-there')), { code: 'EROFS' });
});

test('a file that is something else is left alone, and named', () => {
  const path = join(folder, 'other');
  writeFileSync(path, 'something else');
  assert.throws(() => acquireLock(path), /file is not a database/);
  assert.equal(readFileSync(path, 'utf8'), 'something else');
});

/** What an attempt in a process of its own leads to: `acquired`, or the error's code or name. */
function tryIn(path: string, under: readonly string[] = []): string {
  return run(attempt(path), under);
}

function attempt(path: string): string[] {
  return importing(`
    try {
      acquireLock(${JSON.stringify(path)}).release();
      process.stdout.write('acquired');
    } catch (error) {
      process.stdout.write(error.code ?? error.name);
    }`);
}

function run(given: readonly string[], under: readonly string[] = []): string {
  const [command = process.execPath, ...rest] = [...under, process.execPath, ...given];
  const { stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8', cwd: import.meta.dirname });
  assert.equal(stderr, '', 'no warning either');
  return stdout;
}

/** A process that takes the lock, says so, and holds it. */
function holdIn(path: string, under: readonly string[] = []): ChildProcess {
  const program = `acquireLock(${JSON.stringify(path)}); process.send('acquired'); process.on('message', () => {});`;
  const [command = process.execPath, ...rest] = [...under, process.execPath, ...importing(program)];
  return spawn(command, rest, { cwd: import.meta.dirname, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

function importing(program: string): string[] {
  return ['--input-type=module', '-e', `import { acquireLock } from '#shared/lock.ts'; ${program}`];
}
