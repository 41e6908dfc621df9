import { type Dirent, opendirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { codeOf } from '#shared/exit.ts';
import { descends, type Pattern } from './pattern.ts';
import { isCompressed, isGzip } from './rotation.ts';

/** A file as a scan saw it. */
export interface Sighting {
  readonly path: string;
  /** Device and inode: what the file is, whatever it is called. */
  readonly id: string;
  readonly dev: number;
  readonly ino: number;
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
  /** For how long it kept the event loop from other work, in milliseconds. */
  readonly busy: number;
  /** The files that match, each once, however many names it has. The same array as before where nothing changed. */
  readonly sightings: readonly Sighting[];
  /** The folders that were walked. */
  readonly folders: ReadonlySet<string>;
  /** What could not be looked at, and why. */
  readonly problems: readonly string[];
}

/** A file that is known by its name in a folder. */
interface Known extends Sighting {
  /** The walk that saw it last. */
  walk: number;
}

/** A folder to be walked. */
interface Place {
  readonly folder: string;
  readonly depth: number;
}

/** One walk through the folders, while it goes on. */
interface Walk {
  /** The first is 1. */
  readonly number: number;
  readonly folders: Set<string>;
  readonly problems: string[];
  /** Whether a file is not as it was at the scan before. */
  changed: boolean;
  /** Milliseconds that it took before it gave way for the last time, and when it went on. */
  busy: number;
  resumed: number;
}

/** How long a scan holds the event loop at a time, in milliseconds. */
const slice = 4;
/** How many entries of a folder are read at a time. */
const entriesAtOnce = 256;

/**
 * Looks through the folders of some patterns, again and again. Calls are synchronous, because ten thousand asynchronous ones cost five
 * times the CPU, and the walk gives way to other work every few milliseconds. A file that has not changed since the scan before is the same
 * sighting again: what is known of a name need not be matched and made anew.
 */
export class Scanner {
  readonly #patterns: readonly Pattern[];
  readonly #excluded: (path: string) => boolean;
  /** For each pattern and folder, the sightings by the names in it. */
  readonly #known = new Map<Pattern, Map<string, Map<string, Known>>>();
  readonly #gzip: boolean;
  #sightings: readonly Sighting[] = [];
  #walks = 0;

  /** @param gzip whether files that were compressed with gzip count; others that are compressed never do. */
  constructor(patterns: readonly Pattern[], excluded: (path: string) => boolean, gzip = false) {
    this.#patterns = patterns;
    this.#gzip = gzip;
    this.#excluded = excluded;
  }

  async scan(): Promise<Scan> {
    const startedAt = Date.now();
    this.#walks += 1;
    const walk: Walk = {
      number: this.#walks,
      folders: new Set(),
      problems: [],
      changed: false,
      busy: 0,
      resumed: performance.now(),
    };
    for (const pattern of this.#patterns) await this.#walk(pattern, walk);
    if (walk.changed) this.#sightings = [...this.#distinct().values()];
    const { folders, problems, busy, resumed } = walk;
    return { startedAt, busy: busy + performance.now() - resumed, sightings: this.#sightings, folders, problems };
  }

  async #walk(pattern: Pattern, walk: Walk): Promise<void> {
    const before = this.#known.getOrInsertComputed(pattern, () => new Map());
    const walked = new Set<string>();
    const waiting: Place[] = [{ folder: pattern.root, depth: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { folder } = next;
      walked.add(folder);
      walk.folders.add(folder);
      const known = before.getOrInsertComputed(folder, () => new Map());
      const others = listed(folder, known, walk);
      await this.#lookAgain(known, walk);
      for (const entry of others) {
        if (performance.now() - walk.resumed > slice) await giveWay(walk);
        if (this.#lookAt(entry, next, pattern, known, walk))
          waiting.push({ folder: join(folder, entry.name), depth: next.depth + 1 });
      }
      for (const [name, { walk: last }] of known) if (last !== walk.number) walk.changed = known.delete(name);
    }
    for (const [folder, { size }] of before) {
      if (walked.has(folder)) continue;
      before.delete(folder);
      if (size > 0) walk.changed = true;
    }
  }

  /** Looks at the files that were there before, and were listed again. */
  async #lookAgain(known: Map<string, Known>, walk: Walk): Promise<void> {
    for (const [name, old] of known) {
      if (old.walk !== walk.number) continue;
      if (performance.now() - walk.resumed > slice) await giveWay(walk);
      const stats = statOf(old.path, walk.problems);
      if (stats !== undefined && isOf(old, stats)) continue;
      walk.changed = true;
      if (stats?.isFile()) known.set(name, knownOf(old.path, stats, walk));
      else known.delete(name);
    }
  }

  /** Looks at what else is in a folder. @returns whether it is a folder to be walked. */
  #lookAt(entry: Dirent, { folder, depth }: Place, pattern: Pattern, known: Map<string, Known>, walk: Walk): boolean {
    const { name } = entry;
    const old = known.get(name);
    const path = old?.path ?? join(folder, name);
    const matches = old !== undefined || (!entry.isDirectory() && this.#matches(pattern, path));
    const stats = matches || entry.isSymbolicLink() ? statOf(path, walk.problems) : undefined;
    if (matches && stats?.isFile()) {
      if (old !== undefined && isOf(old, stats)) old.walk = walk.number;
      else {
        known.set(name, knownOf(path, stats, walk));
        walk.changed = true;
      }
      return false;
    }
    if (known.delete(name)) walk.changed = true;
    if (!entry.isDirectory() && !stats?.isDirectory()) return false;
    if (path === pattern.glob) walk.problems.push(aFolder(path));
    // as in a shell, `**` does not go through links to folders, which can make a circle
    const goesThrough = entry.isDirectory() || Number.isFinite(pattern.depth);
    return goesThrough && descends(pattern, path, depth + 1);
  }

  #matches(pattern: Pattern, path: string): boolean {
    return pattern.matches(path) && (!isCompressed(path) || (this.#gzip && isGzip(path))) && !this.#excluded(path);
  }

  /** The sightings by identity, the first of several names of a file. */
  #distinct(): Map<string, Sighting> {
    const found = new Map<string, Sighting>();
    for (const folders of this.#known.values())
      for (const known of folders.values()) for (const sighting of known.values()) found.getOrInsert(sighting.id, sighting);
    return found;
  }
}
/** Looks through the folders of some patterns once. */
export function scan(patterns: readonly Pattern[], excluded: (path: string) => boolean): Promise<Scan> {
  return new Scanner(patterns, excluded).scan();
}

/** What to tell of a path that was taken for a file's, and is a folder's. */
export function aFolder(path: string): string {
  return `${path} is a folder; name the files in it, such as ${join(path, '*.log')}, or ${join(path, '**/*.log')} at any depth`;
}

/** What `stats` say of the file at `path`. */
export function sightingOf(path: string, stats: Stats): Sighting {
  const { dev, ino, size, birthtimeMs: born, mtimeMs: modified } = stats;
  return { path, id: `${dev}:${ino}`, dev: compact(dev), ino: compact(ino), size: compact(size), born, modified };
}

/** The same number. As a fraction, which all numbers of `Stats` are to V8, each takes memory of its own; a small integer takes none. */
function compact(number: number): number {
  const small = number | 0;
  return small === number ? small : number;
}

function knownOf(path: string, stats: Stats, { number: walk }: Walk): Known {
  const { id, dev, ino, size, born, modified } = sightingOf(path, stats);
  // written out: a copy by spreading takes half as much memory again
  return { path, id, dev, ino, size, born, modified, walk };
}

/** Whether a file is still as it was seen. */
function isOf(sighting: Sighting, { dev, ino, size, birthtimeMs, mtimeMs }: Stats): boolean {
  return (
    sighting.ino === ino &&
    sighting.size === size &&
    sighting.modified === mtimeMs &&
    sighting.born === birthtimeMs &&
    sighting.dev === dev
  );
}

async function giveWay(walk: Walk): Promise<void> {
  walk.busy += performance.now() - walk.resumed;
  await setImmediate();
  walk.resumed = performance.now();
}

/**
 * Lists a folder: notes which of the files that were there before are there still. Their names are not kept in between: where there are ten thousand,
 * they would outlive the young garbage each time.
 * @returns what else there is; nothing where the folder is not there: it may come later, as a volume that is filled by the application does.
 */
function listed(folder: string, known: ReadonlyMap<string, Known>, walk: Walk): Dirent[] {
  const others: Dirent[] = [];
  try {
    using entries = opendirSync(folder, { bufferSize: entriesAtOnce });
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      const old = entry.isFile() ? known.get(entry.name) : undefined;
      if (old === undefined) others.push(entry);
      else old.walk = walk.number;
    }
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') walk.problems.push(`cannot look into ${folder}: ${code}`);
    return [];
  }
  return others;
}

/** Undefined where the file went away since its folder was read. */
function statOf(path: string, problems: string[]): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    problems.push(`cannot look at ${path}: ${codeOf(error)}`);
    return undefined;
  }
}
