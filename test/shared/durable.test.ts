import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { replaceFile } from '#shared/durable.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-durable-'));
after(() => rmSync(folder, { recursive: true }));

test('makes a file and replaces it, leaving nothing beside it', async () => {
  const inside = join(folder, 'plain');
  mkdirSync(inside);
  const path = join(inside, 'positions.json');
  await replaceFile(path, 'öld');
  const { ino } = statSync(path);
  assert.equal(readFileSync(path, 'utf8'), 'öld');
  await replaceFile(path, new Uint8Array([0, 255]));
  assert.deepEqual([...readFileSync(path)], [0, 255]);
  assert.notEqual(statSync(path).ino, ino, 'a new file, not the old one overwritten');
  assert.deepEqual(readdirSync(inside), ['positions.json']);
});

test('gives the new file the mode that is asked for, also one that the umask would not leave', async () => {
  const path = join(folder, 'modes');
  await replaceFile(path, 'a', 0o666);
  assert.equal(statSync(path).mode & 0o7777, 0o666);
  await replaceFile(path, 'b', 0o400);
  assert.deepEqual([statSync(path).mode & 0o7777, readFileSync(path, 'utf8')], [0o400, 'b']);
});

test('calls for one path follow each other, and a failed one does not hold up the next', async () => {
  const path = join(folder, 'many.json');
  const contents = Array.from({ length: 50 }, (_, n) => `${n}`.repeat(5000 - n * 90));
  await Promise.all(contents.map((content) => replaceFile(path, content)));
  assert.equal(readFileSync(path, 'utf8'), contents.at(-1));

  const later = join(folder, 'later', 'x.json');
  const failing = replaceFile(later, 'a');
  const following = failing.catch(() => mkdirSync(join(folder, 'later'))).then(() => replaceFile(later, 'b'));
  await assert.rejects(failing, { code: 'ENOENT' });
  await following;
  assert.equal(readFileSync(later, 'utf8'), 'b');
});

test('a link under the temporary name is replaced, not followed', async () => {
  const victim = join(folder, 'victim');
  const path = join(folder, 'linked.json');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, `${path}.tmp`);
  await replaceFile(path, 'new');
  assert.equal(readFileSync(victim, 'utf8'), 'precious');
  assert.ok(lstatSync(path).isFile());
});

test('where it cannot, it throws what the system says', async () => {
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'is-a-folder'));
  await assert.rejects(replaceFile(join(folder, 'absent', 'x.json'), ''), { code: 'ENOENT' });
  await assert.rejects(replaceFile(join(folder, 'file', 'x.json'), ''), { code: 'ENOTDIR' });
  await assert.rejects(replaceFile(join(folder, 'is-a-folder'), ''), { code: 'EISDIR' });
  assert.equal(readdirSync(folder).includes('is-a-folder.tmp'), false);
});

test('killed at any moment, it leaves a whole file, old or new', { timeout: 60_000 }, async () => {
  const inside = join(folder, 'killed');
  mkdirSync(inside);
  const path = join(inside, 'state');
  const program = `
    import { createHash } from 'node:crypto';
    import { replaceFile } from '#shared/durable.ts';
    for (let n = 0; ; n++) {
      const body = String(n).repeat(1 + (n * 7919) % 60_000);
      await replaceFile(${JSON.stringify(path)}, createHash('sha256').update(body).digest('hex') + body);
      if (n === 0) process.stdout.write('begun');
    }`;
  let temporaries = 0;
  for (let round = 0; round < 10 || temporaries === 0; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const content = readFileSync(path, 'utf8');
    assert.equal(createHash('sha256').update(content.slice(64)).digest('hex'), content.slice(0, 64));
    // Counted to be sure that at least once it was killed in the midst of a replacement.
    temporaries += readdirSync(inside).length - 1;
  }
  await replaceFile(path, 'next');
  assert.deepEqual(readdirSync(inside), ['state'], 'what the killed ones left is gone');
});

test('a full disk is ENOSPC, and the old content stays', needs('linux', 'root'), async (t) => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  t.after(() => execFileSync('umount', [disk]));
  const path = join(disk, 'state');
  await replaceFile(path, 'old');
  await assert.rejects(replaceFile(path, 'x'.repeat(100_000)), { code: 'ENOSPC' });
  assert.equal(readFileSync(path, 'utf8'), 'old');
  assert.deepEqual(readdirSync(disk), ['state']);
  await replaceFile(path, 'there is room for this');
});

test('a read-only file system is EROFS', needs('linux', 'root'), async (t) => {
  const disk = join(folder, 'read-only');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', disk]);
  t.after(() => execFileSync('umount', [disk]));
  await assert.rejects(replaceFile(join(disk, 'state'), 'x'), { code: 'EROFS' });
});
