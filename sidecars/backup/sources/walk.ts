import { type BigIntStats, constants, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { codeOf } from '#shared/exit.ts';
import type { Entry, EntryType } from '../archive/entry.ts';
import { excludedBy } from './exclude.ts';
import { type FolderNames, readFolder } from './folder-names.ts';
import { HardLinks } from './hard-links.ts';
import { isMadeUp, type Mount, readMounts } from './mounts.ts';
import { isWithin } from './name-order.ts';
import { type Root, resolveRoots } from './roots.ts';

/** A name in a source. */
export interface Found {
  readonly entry: Entry;
  /** The absolute path to read it by. */
  readonly path: Buffer;
}

/** What a walk is told beside its sources. */
export interface WalkOptions {
  /** Absolute globs of what is left out, with all that is below it; see {@link excludedBy}. */
  readonly exclude?: readonly string[];
  /** Absolute paths that are left out with all that is below them: our state, a store inside a source. */
  readonly avoid?: readonly string[];
  /** Hears of what cannot be looked at or into, and why. A folder that cannot be looked into is given all the same, without what is in it. */
  readonly onTrouble: (path: Buffer, reason: string) => void;
  /** Hears of sockets, which are left out: they mean nothing without their process. */
  readonly onSocket?: (path: Buffer) => void;
  /** Tells which names are links to others; give one to ask it afterwards, or to take an entry back. */
  readonly links?: HardLinks;
  /** What this process sees mounted; it is read unless it is given. */
  readonly mounts?: readonly Mount[];
}

/**
 * All names in the sources, in the order of {@link compareNames}: a folder before what is in it, names by their bytes, sources sorted.
 *
 * Symbolic links are never followed, except in the path of a source itself, which is resolved. File systems of the kernel's own making
 * are not entered; other ones that are mounted inside of a source are. The folders above a source are not given: in a sidecar they belong
 * to its own image, and their modes mean nothing. What vanishes meanwhile is left out without a word.
 *
 * Calls are synchronous: an asynchronous one costs five times the processor time. At any moment it holds the names of the folders on the way down.
 * @throws SourceError at once, where a source is not there.
 */
export function walk(sources: readonly string[], options: WalkOptions): Generator<Found, void, undefined> {
  const mounts = options.mounts ?? readMounts();
  const roots = resolveRoots(sources, mounts);
  return new Walk(options, mounts).names(roots);
}

/** What a look at a path tells. */
interface Sighting extends Found {
  /** Of a folder: its own size in bytes, which grows with the names in it. */
  readonly bytes: number;
}

/** Tells whether a path is left out, by its characters as latin1; undefined where nothing is. */
type LeavesOut = ((path: string) => boolean) | undefined;

/** A folder on the way down. */
interface Level {
  /** The path of the folder with a slash at its end. */
  readonly prefix: string;
  readonly names: FolderNames;
  /** The names in it that are avoided. */
  readonly avoid: ReadonlySet<string> | undefined;
}

const types = new Map<number, EntryType>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFCHR, 'character'],
  [constants.S_IFBLK, 'block'],
]);
const exact = { bigint: true, throwIfNoEntry: false } as const;

// Paths are latin1 inside, one character for each byte: they need not be UTF-8, and are cheaper to join than Buffers.
class Walk {
  readonly #options: WalkOptions;
  readonly #links: HardLinks;
  readonly #avoid: readonly Buffer[];
  /** The names of what is avoided, by the folder: looking up every path would cost a tenth of the walk. */
  readonly #avoidIn = new Map<string, Set<string>>();
  /** Where file systems are mounted that are not entered. */
  readonly #madeUp: ReadonlySet<string>;

  constructor(options: WalkOptions, mounts: readonly Mount[]) {
    this.#options = options;
    this.#links = options.links ?? new HardLinks();
    this.#avoid = (options.avoid ?? []).map(resolved);
    for (const path of this.#avoid) {
      const slash = path.lastIndexOf('/') + 1;
      const folder = path.toString('latin1', 0, slash);
      this.#avoidIn.getOrInsertComputed(folder, () => new Set()).add(path.toString('latin1', slash));
    }
    this.#madeUp = new Set(mounts.filter(({ type }) => isMadeUp(type)).map(({ point }) => point.toString('latin1')));
  }

  *names(roots: readonly Root[]): Generator<Found, void, undefined> {
    for (const root of roots) {
      const leavesOut = this.#leavesOut(root);
      const path = root.path.toString('latin1');
      if (this.#avoid.some((avoided) => isWithin(root.path, avoided)) || leavesOut?.(path)) continue;
      const found = this.#look(path);
      if (found === undefined) continue;
      // the root of all has no name in an archive
      if (path !== '/') yield found;
      const level = this.#enter(found);
      if (level !== undefined) yield* this.#below(level, leavesOut);
    }
  }

  *#below(top: Level, leavesOut: LeavesOut): Generator<Found, void, undefined> {
    const levels = [top];
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const name = level.names.next();
      if (name === undefined) {
        levels.pop();
        continue;
      }
      if (level.avoid?.has(name)) continue;
      const path = level.prefix + name;
      if (leavesOut?.(path)) continue;
      const found = this.#look(path);
      if (found === undefined) continue;
      yield found;
      const deeper = this.#enter(found);
      if (deeper !== undefined) levels.push(deeper);
    }
  }

  /** Undefined where it vanished, is a socket, or cannot be looked at. */
  #look(latin1: string): Sighting | undefined {
    const path = Buffer.from(latin1, 'latin1');
    try {
      const stats = lstatSync(path, exact);
      if (stats === undefined) return undefined;
      const mode = Number(stats.mode);
      const type = types.get(mode & constants.S_IFMT);
      if (type === undefined) {
        this.#options.onSocket?.(path);
        return undefined;
      }
      const bytes = Number(stats.size);
      const entry = {
        name: path.subarray(1),
        type,
        size: type === 'file' ? bytes : 0,
        mode: mode & 0o7777,
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        mtimeNs: stats.mtimeNs,
        ctimeNs: stats.ctimeNs,
        inode: stats.ino,
        device: stats.dev,
        links: Number(stats.nlink),
      };
      return { entry: this.#complete(entry, stats, path), path, bytes };
    } catch (error) {
      this.#trouble(path, 'cannot be looked at', error);
      return undefined;
    }
  }

  /** Adds what only some types have. */
  #complete(entry: Entry, { rdev }: BigIntStats, path: Buffer): Entry {
    if (entry.type === 'symlink') return { ...entry, target: readlinkSync(path, { encoding: 'buffer' }) };
    if (entry.type === 'character' || entry.type === 'block') return { ...entry, rdev: deviceNumber(rdev) };
    if (entry.type !== 'file' || entry.links === 1) return entry;
    const first = this.#links.firstOf(entry.device, entry.inode, entry.links, entry.name);
    return first === undefined ? entry : { ...entry, type: 'hardlink', size: 0, target: first };
  }

  #enter({ entry, path, bytes }: Sighting): Level | undefined {
    if (entry.type !== 'directory') return undefined;
    const latin1 = path.toString('latin1');
    if (this.#madeUp.has(latin1)) return undefined;
    try {
      const prefix = latin1 === '/' ? latin1 : `${latin1}/`;
      return { prefix, names: readFolder(path, bytes), avoid: this.#avoidIn.get(prefix) };
    } catch (error) {
      this.#trouble(path, 'cannot be looked into, and nothing in it is saved', error);
      return undefined;
    }
  }

  #trouble(path: Buffer, what: string, error: unknown): void {
    const code = codeOf(error);
    // EINVAL: it was a link when it was looked at, and is none any more
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL') return;
    const next = code === 'EACCES' ? `; run the sidecar as a user or group that may read it (now uid ${process.getuid?.()})` : '';
    this.#options.onTrouble(path, `${what}: ${code ?? error}${next}`);
  }

  #leavesOut(root: Root): LeavesOut {
    const { exclude = [] } = this.#options;
    if (exclude.length === 0) return undefined;
    const excluded = excludedBy(exclude);
    const asResolved = root.path.toString();
    const asGiven = root.given.replace(/(?<=.)\/+$/, '');
    return (latin1) => {
      const path = Buffer.from(latin1, 'latin1').toString();
      // a person writes globs with the path that they know
      return excluded(path) || (asGiven !== asResolved && excluded(asGiven + path.slice(asResolved.length)));
    };
  }
}

/** As the C library takes st_rdev apart (gnu_dev_major and gnu_dev_minor). */
function deviceNumber(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

function resolved(path: string): Buffer {
  try {
    return realpathSync.native(path, { encoding: 'buffer' });
  } catch {
    // it is not there yet, or not to be reached: then nothing is found below it either
    return Buffer.from(path);
  }
}
