import type { Followed } from './followed.ts';

/** Disk space that deleted files hold because they are not shipped yet, in bytes. */
export function pinnedBytes(files: Iterable<Followed>): number {
  let total = 0;
  for (const file of files) if (file.standing === 'deleted') total += file.size;
  return total;
}

/**
 * The deleted files to give up, longest deleted first, so that what the others hold is at most `most` bytes.
 * A file that is being read just now is left for the next time.
 */
export function tooManyPinned(files: Iterable<Followed>, most: number): Followed[] {
  const deleted = [...files].filter(({ standing }) => standing === 'deleted').sort((a, b) => a.activeAt - b.activeAt);
  let held = pinnedBytes(deleted);
  const given: Followed[] = [];
  for (const file of deleted) {
    if (held <= most) break;
    if (file.reading) continue;
    given.push(file);
    held -= file.size;
  }
  return given;
}
