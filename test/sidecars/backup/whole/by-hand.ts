import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../../../sidecars/backup/catalog/manifest.ts';

/** Everything that a folder holds and Debian's tools can tell of it: names, types, owners, modes, times to the nanosecond, links. */
export function told(folder: string): string[] {
  // a folder's size and number of links are the file system's own affair
  const format = '%P\\t%y\\t%m\\t%U:%G\\t%T@\\t%l\\t%s\\t%n\\0';
  const out = execFileSync('find', [folder, '-printf', format], { encoding: 'latin1', maxBuffer: 2 ** 26 });
  return out
    .split('\0')
    .map((line) => {
      const fields = line.split('\t');
      return fields[1] === 'd' ? fields.slice(0, 5).join('\t') : line;
    })
    .sort();
}

/** Asserts that two folders are the same, by `diff -r` and {@link told}. */
export function assertSame(actual: string, expected: string): void {
  const { stdout, stderr } = spawnSync('diff', ['-r', '--no-dereference', actual, expected], { encoding: 'latin1' });
  // two FIFOs are never the same to it
  const differences = stdout.split('\n').filter((line) => !/ is a fifo while file .* is a fifo$/.test(line));
  assert.equal(differences.join('\n') + stderr, '');
  assert.deepEqual(told(actual), told(expected));
}

/** What `getfacl` and `getfattr` tell of all that is in a folder. */
export function attributes(folder: string): string {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, encoding: 'latin1' });
  const blocks = [run('getfacl', '-R', '-n', '-P', '.'), run('getfattr', '-R', '-P', '-h', '-d', '-m', '-', '.')];
  // each file is a paragraph, and they come in the order of the folder on the disk
  return blocks.flatMap((text) => text.split('\n\n').sort()).join('\n\n');
}

/** How a stored file becomes plain bytes by hand: a command for a shell that reads the file from its standard input. */
export type Opener = string;

/** A command that reads the archive of a backup in a folder. */
export function archiveCommand(store: string, { archive }: Manifest, opener: Opener): string {
  return `< '${join(store, archive.file)}' ${opener}`;
}

export const plain: Opener = 'zstd -dc';

/** @param identity the path of a file with the secret key. */
export function withIdentity(identity: string): Opener {
  return `age -d -i '${identity}' | zstd -dc`;
}

/** Unpacks a backup with Debian's tools, as a person does who has no sidecar. @returns the folder in `into` that the sources are in. */
export function unpackByHand(into: string, store: string, backup: Manifest, { opener = plain, parent }: Unpacking = {}): string {
  mkdirSync(into, { recursive: true });
  const shell = (command: string) => execFileSync('bash', ['-euo', 'pipefail', '-c', command], { cwd: into, encoding: 'utf8' });
  const tar = "tar -x -p --xattrs --xattrs-include='*' --acls";
  if (parent !== undefined) {
    shell(`${archiveCommand(store, parent, opener)} | ${tar}`);
    shell(`${archiveCommand(store, backup, opener)} | tar -x .sidekick-deleted`);
    shell('xargs -0 rm -rf -- < .sidekick-deleted');
  }
  shell(`${archiveCommand(store, backup, opener)} | ${tar}`);
  rmSync(join(into, '.sidekick-deleted'), { force: true });
  const [source = ''] = backup.sources;
  return join(into, source);
}

/** How a backup is unpacked. */
export interface Unpacking {
  readonly opener?: Opener;
  /** The full backup that a differential one needs. */
  readonly parent?: Manifest;
}
