import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { atEnd, type Lifetime } from './at-end.ts';
import { temporaryFolder } from './folder.ts';

/** Mounts a tmpfs of its own with these options, such as `size=64k`, until the test ends. For a test that `needs('linux', 'root')`. */
export function temporaryMount(t: Lifetime, options: string): string {
  const folder = join(temporaryFolder(t), 'mounted');
  mkdirSync(folder);
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot mount a tmpfs at ${folder}: ${stderr}`);
  atEnd(t, () => spawnSync('umount', ['--lazy', folder]));
  return folder;
}

/** Fills a mounted file system to the last byte. @returns the path of the file that holds the space. */
export function fill(folder: string): string {
  const ballast = join(folder, 'ballast');
  const { stderr } = spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'], { encoding: 'utf8' });
  if (!stderr.includes('No space left')) throw new Error(`${folder} is not full: ${stderr}`);
  return ballast;
}
