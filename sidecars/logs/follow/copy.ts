import { closeSync, openSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { possibleOriginals } from '../discover/rotation.ts';
import type { Sighting } from '../discover/scan.ts';
import type { Followed } from './followed.ts';
import { headOf, holds } from './mark.ts';
import type { Paths } from './paths.ts';

/** What a file is a copy of. */
export interface Copied {
  readonly original: Followed;
  /** Whether it holds all that was read of it by now. */
  readonly whole: boolean;
}

/**
 * The followed file of which a file is a copy, or may become one as it grows, as far as name and bytes tell:
 * what copytruncate makes, before it truncates.
 * @param paths the followed files by the name under which they were last seen.
 */
export function originalOf(sighting: Sighting, paths: Paths): Copied | undefined {
  for (const name of possibleOriginals(basename(sighting.path))) {
    const original = paths.get(join(dirname(sighting.path), name));
    const copied = original !== undefined && original.cursor.offset > 0 ? compared(sighting, original) : undefined;
    if (copied !== undefined) return copied;
  }
  return undefined;
}

function compared(sighting: Sighting, original: Followed): Copied | undefined {
  const fd = tryOpen(sighting.path);
  if (fd === undefined) return undefined;
  try {
    const length = Math.min(sighting.size, original.head.length);
    if (headOf(fd).slice(0, length) !== original.head.slice(0, length)) return undefined;
    const whole = holds(fd, original.mark);
    return whole || sighting.size < original.cursor.offset ? { original, whole } : undefined;
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
