import type { Followed } from './followed.ts';

/** Disk space that deleted files hold because they are not shipped yet, in bytes. */
export function pinnedBytes(files: Iterable<Followed>): number {
  let total = 0;
  for (const file of files) if (file.standing === 'deleted') total += file.onDisk;
  return total;
}

/**
 * The deleted files to give up, longest deleted first, so that what the others hold is at most `most` bytes.
 */
export function tooManyPinned(files: Iterable<Followed>, most: number): Followed[] {
  const deleted = [...files]
    .filter(({ standing }) => standing === 'deleted')
    .sort((a, b) => (a.deletedAt ?? 0) - (b.deletedAt ?? 0));
  let held = pinnedBytes(deleted);
  const given: Followed[] = [];
  for (const file of deleted) {
    if (held <= most) break;
    given.push(file);
    held -= file.onDisk;
  }
  return given;
}
