import { copyFileSync, linkSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '#shared/exit.ts';
import { UnsafeEntryError } from '../archive/errors.ts';
import { unpack } from '../archive/unpack.ts';
import type { Unpacked } from '../archive/unpacker.ts';
import type { ByteSource } from '../bytes.ts';

const slash = Buffer.from('/');

/**
 * Restores links whose content stands under another name, which was not asked for: the archive is read once more for it.
 * @param archive gives its plain bytes anew.
 * @returns how many they were.
 * @throws as {@link unpack} does.
 */
export async function linkLeftOut(archive: () => ByteSource, to: string, unlinked: Unpacked['unlinked']): Promise<number> {
  if (unlinked.length === 0) return 0;
  const targets = new Set(unlinked.map(({ target }) => target.toString('latin1')));
  // in the same file system, so that links can be made
  const aside = mkdtempSync(join(to, '.sidekick-restore-'));
  try {
    await unpack(archive(), aside, { wants: (name) => targets.has(name.toString('latin1')) });
    let made = 0;
    for (const { name, target } of unlinked) {
      const from = Buffer.concat([Buffer.from(aside), slash, target]);
      if (lstatSync(from, { throwIfNoEntry: false }) === undefined) continue;
      makeParents(to, name);
      const path = Buffer.concat([Buffer.from(to), slash, name]);
      rmSync(path, { force: true });
      link(from, path);
      made += 1;
    }
    return made;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** Makes the folders above a name. @throws UnsafeEntryError where one of them is a link that would lead elsewhere. */
function makeParents(to: string, name: Buffer): void {
  let path = Buffer.from(to);
  for (const part of name.toString('latin1').split('/').slice(0, -1)) {
    path = Buffer.concat([path, slash, Buffer.from(part, 'latin1')]);
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there === undefined) mkdirSync(path, 0o755);
    else if (!there.isDirectory()) throw new UnsafeEntryError(name, 'a folder above it is something else');
  }
}

function link(from: Buffer, path: Buffer): void {
  try {
    linkSync(from, path);
  } catch (error) {
    // file systems without links have the content twice
    if (!['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOSYS'].includes(codeOf(error) ?? '')) throw error;
    copyFileSync(from, path);
  }
}
