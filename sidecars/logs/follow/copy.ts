import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { possibleOriginals } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Followed } from './followed.ts';
import { bytesAt, holds } from './mark.ts';

/**
 * The followed file of which a file is a copy, or may become one as it grows, as far as name and bytes tell:
 * what copytruncate makes, before it truncates.
 * @param byPath the followed files by the name under which they were last seen.
 */
export function originalOf(sighting: Sighting, byPath: ReadonlyMap<string, Followed>): Followed | undefined {
  for (const name of possibleOriginals(basename(sighting.path))) {
    const file = byPath.get(join(dirname(sighting.path), name));
    if (file !== undefined && file.cursor.offset > 0 && isCopy(sighting, file)) return file;
  }
  return undefined;
}

function isCopy(sighting: Sighting, file: Followed): boolean {
  const fd = tryOpen(sighting.path);
  if (fd === undefined) return false;
  try {
    const length = Math.min(sighting.size, file.head.length);
    const sameHead = Buffer.compare(bytesAt(fd, 0, length), file.head.subarray(0, length)) === 0;
    return sameHead && (sighting.size < file.cursor.offset || holds(fd, file.mark));
  } finally {
    closeSync(fd);
  }
}

function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    // it went away, or may not be read: then it is met as any other file, which says so
    return undefined;
  }
}
