// What happens in folders, in a queue.
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { IN, Inotify } from '#shared/linux/inotify.ts';
import { openLibc } from '#shared/linux/libc.ts';

/** What is in the queue: the tag, what happened, and the name. */
function taken(inotify: Inotify): [number, number, string][] {
  const entries: [number, number, string][] = [];
  inotify.take((tag, mask, name) => entries.push([tag, mask, name]));
  return entries;
}

test('changes, new names, names that move and go, each with its folder', needs('linux'), (t) => {
  const inotify = new Inotify(openLibc());
  t.after(() => inotify.close());
  const folder = temporaryFolder(t);
  const other = join(folder, 'other');
  mkdirSync(other);
  const tags = [inotify.add(folder), inotify.add(other)];
  assert.deepEqual(taken(inotify), []);
  writeFileSync(join(folder, 'a.log'), '');
  appendFileSync(join(folder, 'a.log'), 'one\n');
  appendFileSync(join(other, 'ünïcödé.log'), 'one\n');
  renameSync(join(folder, 'a.log'), join(folder, 'a.log.1'));
  unlinkSync(join(folder, 'a.log.1'));
  assert.deepEqual(taken(inotify), [
    [tags[0], IN.CREATE, 'a.log'],
    [tags[0], IN.MODIFY, 'a.log'],
    [tags[1], IN.CREATE, 'ünïcödé.log'],
    [tags[1], IN.MODIFY, 'ünïcödé.log'],
    [tags[0], IN.MOVED_FROM, 'a.log'],
    [tags[0], IN.MOVED_TO, 'a.log.1'],
    [tags[0], IN.DELETE, 'a.log.1'],
  ]);
  unlinkSync(join(other, 'ünïcödé.log'));
  rmdirSync(other);
  assert.ok(taken(inotify).some(([tag, mask]) => tag === tags[1] && mask === IN.DELETE_SELF));
});

test('many changes of one file are one entry, and more than there is room for at once are all taken', needs('linux'), (t) => {
  const inotify = new Inotify(openLibc());
  t.after(() => inotify.close());
  const folder = temporaryFolder(t);
  inotify.add(folder);
  writeFileSync(join(folder, 'a.log'), 'x');
  for (let line = 0; line < 1000; line += 1) appendFileSync(join(folder, 'a.log'), 'x');
  assert.equal(taken(inotify).length, 2);
  for (let file = 0; file < 3000; file += 1) writeFileSync(join(folder, `${file}-${'n'.repeat(100)}`), '');
  assert.deepEqual(
    taken(inotify)
      .filter(([, mask]) => mask === IN.CREATE)
      .map(([, , name]) => name.split('-')[0]),
    Array.from({ length: 3000 }, (_, file) => `${file}`),
  );
});

test('a folder that is not there, and one that is watched no more', needs('linux'), (t) => {
  const inotify = new Inotify(openLibc());
  t.after(() => inotify.close());
  const folder = temporaryFolder(t);
  assert.throws(() => inotify.add(join(folder, 'none')), /ENOENT/);
  inotify.remove(inotify.add(folder));
  taken(inotify);
  writeFileSync(join(folder, 'a.log'), '');
  assert.deepEqual(taken(inotify), []);
});
