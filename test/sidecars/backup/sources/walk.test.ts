import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { HardLinks } from '../../../../sidecars/backup/sources/hard-links.ts';
import { compareNames } from '../../../../sidecars/backup/sources/name-order.ts';
import { SourceError } from '../../../../sidecars/backup/sources/roots.ts';
import { walk } from '../../../../sidecars/backup/sources/walk.ts';
import { makeTree, walkAll } from './tree.ts';

/** A user who may do nothing. */
const nobody = 65_534;

/** Does something as a user whom modes hold off, and not as root. */
function asNobody<T>(t: TestContext, folder: string, work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  atEnd(t, () => process.seteuid?.(0));
  chmodSync(folder, 0o755);
  process.seteuid?.(nobody);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('what a walk gives', () => {
  test('a folder before what is in it, names by their bytes', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'a/x': '1', 'a/y/z': '', 'a.b': '', 'a-b': '', 'B/': '', é: '', 'line\nend': '', '.hidden': '' });
    const { names, troubles } = walkAll(folder);
    assert.deepEqual(names, ['.', '.hidden', 'B', 'a', 'a/x', 'a/y', 'a/y/z', 'a-b', 'a.b', 'line\nend', 'Ã©']);
    assert.deepEqual(troubles, []);
  });

  test('every name that find gives, with all that lstat knows', needs('linux'), (t) => {
    const folder = temporaryFolder(t);
    for (let at = 0; at < 300; at += 1) makeTree(folder, { [`${at % 7}/${at % 5}.d/file ${at}`]: 'x'.repeat(at) });
    chmodSync(join(folder, '1'), 0o3750);
    utimesSync(join(folder, '0'), -1.5, -1.5);
    const { found } = walkAll(folder);
    const expected = execFileSync('find', [folder, '-print0'], { encoding: 'buffer' })
      .toString('latin1')
      .split('\0')
      .slice(0, -1);
    expected.sort((a, b) => compareNames(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
    assert.deepEqual(
      found.map(({ path }) => path.toString('latin1')),
      expected,
    );
    for (const { entry, path } of found) {
      const stats = lstatSync(path, { bigint: true });
      assert.deepEqual(entry, {
        name: path.subarray(1),
        type: stats.isDirectory() ? 'directory' : 'file',
        size: stats.isDirectory() ? 0 : Number(stats.size),
        mode: Number(stats.mode) & 0o7777,
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        mtimeNs: stats.mtimeNs,
        ctimeNs: stats.ctimeNs,
        inode: stats.ino,
        device: stats.dev,
        links: Number(stats.nlink),
      });
    }
  });

  test('names that are not UTF-8, as their bytes', needs('linux'), (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x2e])]));
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x2e, 0x2f, 0x80, 0xfe])]), 'content');
    const { found } = walkAll(folder);
    assert.deepEqual(
      found.slice(1).map(({ entry }) => [...entry.name.subarray(folder.length)]),
      [
        [0xff, 0x2e],
        [0xff, 0x2e, 0x2f, 0x80, 0xfe],
      ],
    );
  });

  test('links as links, FIFOs and devices unopened, and no sockets', needs('linux'), async (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'to/inside': 'x' });
    symlinkSync('to', join(folder, 'link'));
    symlinkSync('/nowhere\n', join(folder, 'loose'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    const server = createServer().listen(join(folder, 'socket'));
    await once(server, 'listening');
    atEnd(t, () => server.close());
    const { found, names, sockets } = walkAll(folder);
    assert.deepEqual(names, ['.', 'fifo', 'link', 'loose', 'to', 'to/inside']);
    assert.deepEqual(sockets, ['socket']);
    const targets = found.map(({ entry }) => `${entry.type} ${entry.target ?? ''} ${entry.size}`);
    assert.deepEqual(targets.slice(1, 4), ['fifo  0', 'symlink to 0', 'symlink /nowhere\n 0']);
  });

  test('devices with their numbers', needs('linux', 'root'), (t) => {
    const folder = temporaryFolder(t);
    execFileSync('mknod', [join(folder, 'disk'), 'b', '259', '70000']);
    execFileSync('mknod', [join(folder, 'null'), 'c', '1', '3']);
    const { found } = walkAll(folder);
    assert.deepEqual(
      found.slice(1).map(({ entry }) => [entry.type, entry.rdev]),
      [
        ['block', { major: 259, minor: 70_000 }],
        ['character', { major: 1, minor: 3 }],
      ],
    );
  });

  test('a large folder in the same order as a small one', (t) => {
    const folder = temporaryFolder(t);
    const names = Array.from({ length: 6000 }, (_, at) => `${(at * 2_654_435_761) % 2 ** 32}-${'x'.repeat(at % 200)}`);
    for (const name of names) writeFileSync(join(folder, name), '');
    assert.ok(lstatSync(folder).size > 65_536, 'the file system tells that it is large');
    assert.deepEqual(walkAll(folder).names.slice(1), readdirSync(folder, { encoding: 'latin1' }).sort());
  });
});

describe('hard links', () => {
  test('the first name has the content, the others are links to it', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'a/first': 'content', single: 'x' });
    for (const name of ['a/second', 'b', 'z']) linkSync(join(folder, 'a/first'), join(folder, name));
    const { found } = walkAll(folder);
    const kinds = found.slice(2).map(({ entry }) => [entry.type, entry.size, entry.target?.toString().slice(folder.length)]);
    const link = ['hardlink', 0, 'a/first'];
    assert.deepEqual(kinds, [['file', 7, undefined], link, link, ['file', 1, undefined], link]);
  });

  test('a first name that was not stored hands over to the next', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { a: 'content' });
    for (const name of ['b', 'c']) linkSync(join(folder, 'a'), join(folder, name));
    const links = new HardLinks();
    const kinds: string[] = [];
    for (const { entry } of walk([folder], { links, onTrouble: never })) {
      kinds.push(`${entry.type} ${entry.target?.toString().slice(folder.length) ?? ''}`);
      if (entry.name.toString().endsWith('/a')) links.forget(entry);
    }
    assert.deepEqual(kinds, ['directory ', 'file ', 'file ', 'hardlink b']);
  });

  test('more than can be remembered are files of their own, and counted', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { a: '1', b: '2', c: '3', 'two/': '' });
    for (const name of ['a', 'b', 'c']) linkSync(join(folder, name), join(folder, 'two', name));
    const links = new HardLinks(2);
    const { found } = walkAll(folder, { links });
    assert.deepEqual(
      found.map(({ entry }) => entry.type),
      ['directory', 'file', 'file', 'file', 'directory', 'hardlink', 'hardlink', 'file'],
    );
    assert.equal(links.overlooked, 1);
  });
});

describe('sources', () => {
  test('are sorted, and what is within another one comes once', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'a/b/c': '', 'a.x/f': '', 'ab/f': '' });
    const sources = ['ab', 'a/b', 'a', 'a.x/f', 'a/', 'a/b/c'].map((name) => join(folder, name));
    assert.deepEqual(walkAll(folder, { sources }).names, ['a', 'a/b', 'a/b/c', 'a.x/f', 'ab', 'ab/f']);
  });

  test('a link among their folders is resolved', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'v2/data/file': '', 'v2/cache/file': '' });
    symlinkSync('v2', join(folder, 'current'));
    const sources = [join(folder, 'current/data'), join(folder, 'v2')];
    assert.deepEqual(walkAll(folder, { sources }).names, ['v2', 'v2/cache', 'v2/cache/file', 'v2/data', 'v2/data/file']);
    const exclude = [`${folder}/current/cache`];
    assert.deepEqual(walkAll(folder, { sources: [join(folder, 'current')], exclude }).names, ['v2', 'v2/data', 'v2/data/file']);
  });

  test('the root has no name of its own', needs('linux'), () => {
    const names = walk(['/'], { onTrouble: () => {} });
    const first = names.next().value?.entry;
    names.return();
    assert.ok(first !== undefined && first.name.length > 0 && !first.name.includes('/'));
  });

  test('those that are not there are all named, before anything is given', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { file: '' });
    const sources = ['gone', 'file/below', 'file'].map((name) => join(folder, name));
    assert.throws(
      () => walk(sources, { onTrouble: never }),
      (error) => error instanceof SourceError && /gone does not exist; .*\n.*file\/below does not exist/.test(error.message),
    );
  });
});

describe('left out are', () => {
  test('what globs match, with all that is below', (t) => {
    const folder = temporaryFolder(t);
    const some = {
      'keep/a': '',
      'keep/b.tmp': '',
      'keep/.c.tmp': '',
      'cache/x/y': '',
      'old/x': '',
      'deep/1/2/node_modules/m': '',
    };
    makeTree(folder, { ...some, 'keep/line\nend.tmp': '', '[odd]': '' });
    const exclude = ['/**/*.tmp', '/cache/**', '/old', '/**/node_modules', '/[odd]'].map((glob) => folder + glob);
    assert.deepEqual(walkAll(folder, { exclude }).names, ['.', 'cache', 'deep', 'deep/1', 'deep/1/2', 'keep', 'keep/a']);
  });

  test('paths to avoid, also through a link, and a source below one', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'data/state/positions': '', 'data/state.old': '', 'data/f': '' });
    symlinkSync('data', join(folder, 'link'));
    const avoid = [join(folder, 'link/state'), join(folder, 'nowhere')];
    assert.deepEqual(walkAll(folder, { avoid }).names, ['.', 'data', 'data/f', 'data/state.old', 'link']);
    assert.deepEqual(walkAll(folder, { avoid, sources: [join(folder, 'data/state/positions')] }).names, []);
  });

  test('file systems of the kernel, but not the folder that one is mounted at', needs('linux', 'root'), (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'chroot/proc/': '', 'chroot/x': '' });
    const point = join(folder, 'chroot/proc');
    const { status, stderr } = spawnSync('mount', ['--bind', '/proc', point], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    atEnd(t, () => spawnSync('umount', ['--lazy', point]));
    assert.deepEqual(walkAll(folder).names, ['.', 'chroot', 'chroot/proc', 'chroot/x']);
    assert.throws(() => walkAll(folder, { sources: [join(point, 'sys')] }), /is on proc, which the kernel makes up/);
  });
});

describe('what cannot be looked at', () => {
  test('is told with a reason, and the walk goes on', needs('linux'), (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'a/x': '', 'closed/x': '', 'listed/x': '', z: '' });
    chmodSync(join(folder, 'closed'), 0);
    chmodSync(join(folder, 'listed'), 0o444);
    const { names, troubles } = asNobody(t, folder, () => walkAll(folder));
    chmodSync(join(folder, 'closed'), 0o755);
    chmodSync(join(folder, 'listed'), 0o755);
    assert.deepEqual(names, ['.', 'a', 'a/x', 'closed', 'listed', 'z']);
    assert.equal(troubles.length, 2);
    assert.match(
      troubles[0] ?? '',
      /^closed cannot be looked into, and nothing in it is saved: EACCES; run the sidecar as .* uid \d+/,
    );
    assert.match(troubles[1] ?? '', /^listed\/x cannot be looked at: EACCES/);
  });

  test('a path longer than the kernel takes is a trouble too', needs('linux'), (t) => {
    const folder = temporaryFolder(t);
    const half = Array.from({ length: 12 }, () => 'n'.repeat(200)).join('/');
    const [upper, lower] = [join(folder, 'upper'), join(folder, 'lower')];
    for (const path of [upper, lower]) mkdirSync(join(path, half), { recursive: true });
    renameSync(lower, join(upper, half, 'lower'));
    // Node removes by whole paths, which are too long here
    atEnd(t, () => spawnSync('rm', ['-rf', upper]));
    const { names, troubles } = walkAll(folder);
    assert.ok(names.length > 15);
    assert.match(troubles.join('\n'), /^upper\/[/nlower]+ cannot be looked (at|into, and nothing in it is saved): ENAMETOOLONG$/);
  });

  test('what vanishes meanwhile is no trouble', (t) => {
    const folder = temporaryFolder(t);
    makeTree(folder, { 'a/x': '', 'b/x': '', c: '', d: '' });
    const names: string[] = [];
    for (const { path } of walk([folder], { onTrouble: never })) {
      const name = path.toString().slice(folder.length + 1);
      names.push(name);
      if (name === 'a') rmSync(join(folder, 'a'), { recursive: true });
      if (name === 'b') for (const gone of ['b', 'c']) rmSync(join(folder, gone), { recursive: true });
    }
    assert.deepEqual(names, ['', 'a', 'b', 'd']);
  });
});

function never(path: Buffer, reason: string): never {
  throw new Error(`${path} ${reason}`);
}
