import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { plainName, possibleOriginals } from './rotation.ts';
import { type Sighting, sightingOf } from './scan.ts';

/** The rotated files beside other files. Each folder is listed once, so one of these is good for one look at a time. */
export class Siblings {
  /** For each folder: the names of rotated files, by the name that they are a rotation of. */
  readonly #folders = new Map<string, Map<string, string[]>>();
  readonly #gzip: boolean;

  /** @param gzip whether files that were compressed with gzip count; others that are compressed never do. */
  constructor(gzip = false) {
    this.#gzip = gzip;
  }

  /** The files in the folder of `path` that a rotation may have made of it, oldest first. */
  of(path: string): Sighting[] {
    const folder = dirname(path);
    const found: Sighting[] = [];
    for (const name of this.#folders.getOrInsertComputed(folder, () => rotatedIn(folder, this.#gzip)).get(basename(path)) ?? []) {
      const sighting = look(join(folder, name));
      if (sighting !== undefined) found.push(sighting);
    }
    return found.sort((a, b) => (a.born || a.modified) - (b.born || b.modified));
  }
}

function look(path: string): Sighting | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? sightingOf(path, stats) : undefined;
  } catch {
    // it went away since the folder was listed, or is a link that leads nowhere
    return undefined;
  }
}

function rotatedIn(folder: string, gzip: boolean): Map<string, string[]> {
  const byOriginal = new Map<string, string[]>();
  for (const name of namesIn(folder)) {
    const plain = gzip ? plainName(name) : name;
    for (const original of plain === name ? possibleOriginals(name) : [plain, ...possibleOriginals(plain)])
      byOriginal.getOrInsertComputed(original, () => []).push(name);
  }
  return byOriginal;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // the folder went away with its files, or the scan has told already that it cannot be read
    return [];
  }
}
