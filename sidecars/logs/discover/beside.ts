import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isRotationOf } from './rotation.ts';
import { type Sighting, sightingOf } from './scan.ts';

/** The uncompressed files in the folder of `path` that a rotation may have made of it, oldest first. */
export function beside(path: string): Sighting[] {
  const folder = dirname(path);
  const found: Sighting[] = [];
  for (const name of namesIn(folder)) {
    if (!isRotationOf(name, basename(path))) continue;
    const stats = statSync(join(folder, name), { throwIfNoEntry: false });
    if (stats?.isFile()) found.push(sightingOf(join(folder, name), stats));
  }
  return found.sort((a, b) => (a.born || a.modified) - (b.born || b.modified));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // the folder went away with its files, or the scan has told already that it cannot be read
    return [];
  }
}
