import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codeOf } from '#shared/exit.ts';
import { descends, type Pattern } from './pattern.ts';
import { isCompressed } from './rotation.ts';

/** A file as a scan saw it. */
export interface Sighting {
  readonly path: string;
  /** Device and inode: what the file is, whatever it is called. */
  readonly id: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970; 0 where the file system does not keep it. */
  readonly born: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** One look through all the folders. */
export interface Scan {
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The files that match, each once, however many names it has. */
  readonly sightings: readonly Sighting[];
  /** The folders that were walked. */
  readonly folders: ReadonlySet<string>;
  /** What could not be looked at, and why. */
  readonly problems: readonly string[];
}

/** How long a scan holds the event loop at a time, in milliseconds. */
const slice = 4;

/**
 * Looks through the folders of all patterns. Calls are synchronous, because ten thousand asynchronous ones cost five times the CPU,
 * and the walk gives way to other work every few milliseconds.
 */
export async function scan(patterns: readonly Pattern[], excluded: (path: string) => boolean): Promise<Scan> {
  const startedAt = Date.now();
  const found = new Map<string, Sighting>();
  const folders = new Set<string>();
  const problems: string[] = [];
  let yielded = performance.now();

  for (const pattern of patterns) {
    const waiting: { folder: string; depth: number }[] = [{ folder: pattern.root, depth: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { folder, depth } = next;
      for (const entry of entriesOf(folder, problems)) {
        if (performance.now() - yielded > slice) {
          await setImmediate();
          yielded = performance.now();
        }
        const path = join(folder, entry.name);
        if (entry.isDirectory()) {
          if (path === pattern.glob) problems.push(aFolder(path));
          if (descends(pattern, path, depth + 1)) waiting.push({ folder: path, depth: depth + 1 });
          continue;
        }
        const matches = pattern.matches(path) && !isCompressed(path) && !excluded(path);
        if (!matches && !entry.isSymbolicLink()) continue;
        const stats = statOf(path, problems);
        if (stats?.isFile() && matches) found.getOrInsert(idOf(stats), sightingOf(path, stats));
        // as in a shell, `**` does not go through links to folders, which can make a circle
        else if (stats?.isDirectory() && Number.isFinite(pattern.depth) && descends(pattern, path, depth + 1)) {
          waiting.push({ folder: path, depth: depth + 1 });
        }
      }
      folders.add(folder);
    }
  }
  return { startedAt, sightings: [...found.values()], folders, problems };
}

/** What to tell of a path that was taken for a file's, and is a folder's. */
export function aFolder(path: string): string {
  return `${path} is a folder; name the files in it, such as ${join(path, '*.log')}, or ${join(path, '**/*.log')} at any depth`;
}

/** What `stats` say of the file at `path`. */
export function sightingOf(path: string, stats: Stats): Sighting {
  return { path, id: idOf(stats), size: stats.size, born: stats.birthtimeMs, modified: stats.mtimeMs };
}

function idOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** Nothing where the folder is not there: it may come later, as a volume that is filled by the application does. */
function entriesOf(folder: string, problems: string[]): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') problems.push(`cannot look into ${folder}: ${codeOf(error)}`);
    return [];
  }
}

/** Undefined where the file went away since its folder was read. */
function statOf(path: string, problems: string[]): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') problems.push(`cannot look at ${path}: ${codeOf(error)}`);
    return undefined;
  }
}
