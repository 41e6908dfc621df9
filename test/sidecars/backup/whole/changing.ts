import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { until } from '#harness/until.ts';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';
import { assertSame, unpackByHand, withIdentity } from './by-hand.ts';
import type { Scene } from './scene.ts';
import { makeMotley } from './trees.ts';

/** A full backup each week, and what changed in between. */
export const weekly = { BACKUP_FULL: 'weekly' };

/** Does to a motley tree all that an application may do between two backups. */
export function changeAll(scene: Scene): void {
  const path = (name: string) => scene.path(name);
  for (const name of ['file-to-folder', 'folder-to-file', 'folder-to-link']) rmSync(path(name), { recursive: true });
  appendFileSync(path('text'), 'one more line\n');
  writeFileSync(path('new'), 'new\n');
  mkdirSync(path('new folder/in it'), { recursive: true });
  unlinkSync(path('random'));
  rmSync(path('deep/er'), { recursive: true });
  mkdirSync(path('file-to-folder'));
  writeFileSync(path('file-to-folder/inside'), 'a folder now\n');
  writeFileSync(path('folder-to-file'), 'a file now\n');
  symlinkSync('text', path('folder-to-link'));
  unlinkSync(path('link'));
  symlinkSync('nothing', path('link'));
  unlinkSync(path('dangling'));
  writeFileSync(path('dangling'), 'a link before\n');
  renameSync(path('holes'), path('renamed holes'));
  renameSync(path('moved folder'), path('folder that was moved'));
  linkSync(path('nothing'), path('second name'));
  unlinkSync(path('deep/again'));
  chmodSync(path('mode'), 0o600);
  utimesSync(path('grüße 👋'), 1_500_000_000, 1_500_000_000);
  // of the same size, and with its old time: only its ctime tells
  writeFileSync(path('same'), 'b'.repeat(100));
  utimesSync(path('same'), 1_400_000_000, 1_400_000_000);
}

/** Makes a tree that {@link changeAll} can change. */
export function makeTree(scene: Scene): void {
  makeMotley(scene.source);
  for (const folder of ['folder-to-file', 'folder-to-link', 'moved folder'])
    for (const name of ['a', 'b', 'c/d']) {
      mkdirSync(scene.path(folder, 'c'), { recursive: true });
      writeFileSync(scene.path(folder, name), `${folder} ${name}\n`);
    }
  writeFileSync(scene.path('file-to-folder'), 'a file\n');
  writeFileSync(scene.path('same'), 'a'.repeat(100));
  utimesSync(scene.path('same'), 1_400_000_000, 1_400_000_000);
}

/** Asserts that a run made a differential backup of this full one. */
export function assertSince(backup: Manifest, base: Manifest): void {
  assert.deepEqual([backup.kind, backup.parent], ['differential', base.id]);
}

/** Asserts that the newest backup is restored as the sources are now. */
export async function assertRestored(scene: Scene, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const to = join(scene.folder, `restored ${readdirSync(scene.folder).length}`);
  const { code, stderr } = await scene.run(['restore', '--to', to], more);
  assert.equal(code, 0, stderr);
  assertSame(join(to, scene.source), scene.source);
}

/** Asserts the same by hand. @param identity the path of a file with the key of age. */
export function assertByHand(scene: Scene, backup: Manifest, parent: Manifest, identity?: string): void {
  const into = join(scene.folder, `by hand ${readdirSync(scene.folder).length}`);
  const opener = identity === undefined ? {} : { opener: withIdentity(identity) };
  assertSame(unpackByHand(into, scene.store, backup, { parent, ...opener }), scene.source);
}

/**
 * Waits until all that was made by now is so old that a backup believes its times: what changed less than two seconds ago may change again
 * without a trace, and is stored by the next one too (sources/index-writer.ts).
 */
export async function untilSettled(): Promise<void> {
  const made = Date.now();
  await until('the times of what was made are believed', () => Date.now() > made + 2100);
}
