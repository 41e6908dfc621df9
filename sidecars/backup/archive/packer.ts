import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, messageOf } from '#shared/exit.ts';
import type { Stretch } from '#shared/linux/holes.ts';
import type { Xattr } from '#shared/linux/xattr.ts';
import { ChangedLinks } from './changed-links.ts';
import { copyContent, padToBlock, writeZeros } from './content.ts';
import type { Entry } from './entry.ts';
import { asItIs, changeOf, isAsBefore } from './file-state.ts';
import type { Frames, FramesTotal } from './frames.ts';
import { type Extras, Headings } from './heading.ts';
import { encodeSparseMap } from './sparse-map.ts';
import { openSystem, type System } from './system.ts';
import { blockSize } from './tar-header.ts';

/**
 * How the packing of an entry ended. `changed`: the file was written to while it was read, so that what is stored may be neither its
 * old nor its new content. `damaged`: a part could not be read, and is zeros. `vanished` and `unreadable`: nothing is stored.
 */
export type Outcome = 'stored' | 'changed' | 'damaged' | 'hardlink' | 'vanished' | 'unreadable';

/** What became of an entry. */
export interface Packed {
  readonly outcome: Outcome;
  /** As it really was when it was opened, and with a link's target; as it was given where nothing is stored. */
  readonly entry: Entry;
  /** Where in the plain archive it begins; without meaning where nothing is stored. */
  readonly at: number;
  /** How many bytes of the plain archive it takes. */
  readonly bytes: number;
  /** What was wrong. Also a stored entry may have it: it then lacks its extended attributes. */
  readonly reason?: string;
}

/** How entries are packed. */
export interface PackerOptions {
  /** Whether extended attributes and ACLs are stored; they are where it is not given. */
  readonly xattrs?: boolean;
  /** Called with each file when it is open and not read yet: what is being read now. It may be called twice for one. */
  readonly onOpen?: (entry: Entry) => void;
  /** What Node has no function for; undefined for doing without. */
  readonly system?: System | undefined;
}

/** The extended attributes of a file, or why they are not stored. */
interface Extended {
  readonly xattrs: readonly Xattr[];
  readonly reason?: string;
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
/** Not blocking, for what was a file a moment ago and may be a FIFO by now. */
const openFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
/** Codes of a path under which there is nothing any more, or something that is no file. */
const goneCodes = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ESTALE']);
const S_IFMT = 0o170000n;
const S_IFREG = 0o100000n;
const noXattrs: readonly Xattr[] = [];

/**
 * Writes entries as a tar archive, in the order in which they are given. System calls of files are synchronous, as those with promises
 * take eight times as long; the event loop turns with each block.
 */
export class Packer {
  /** Whether extended attributes are stored; `unavailable` where they should be and Node has no FFI. */
  readonly xattrs: 'stored' | 'off' | 'unavailable';
  readonly #frames: Frames;
  readonly #system: System | undefined;
  readonly #onOpen: ((entry: Entry) => void) | undefined;
  readonly #headings = new Headings();
  readonly #changedLinks = new ChangedLinks();
  /** Owners whose files we may not open without changing when they were read. */
  readonly #refused = new Set<number>();

  constructor(frames: Frames, options: PackerOptions = {}) {
    this.#frames = frames;
    this.#system = 'system' in options ? options.system : openSystem();
    this.#onOpen = options.onOpen;
    this.xattrs = options.xattrs === false ? 'off' : this.#system === undefined ? 'unavailable' : 'stored';
  }

  /**
   * Stores an entry. One is waited for before the next is added.
   * A file that changed may be added once more, which stores its links again, too: the later one counts when the archive is unpacked.
   * @param path where it really is.
   * @returns no promise where there is nothing to wait for: with most files there is not, and promises would cost more than their headers.
   * @throws whatever the frames fail with.
   */
  add(entry: Entry, path: Buffer): Packed | Promise<Packed> {
    if (entry.type === 'hardlink') return this.#addLink(entry);
    if (entry.type !== 'file') return this.#addOther(entry, path);
    const packed = this.#addFile(entry, path, asItIs);
    return entry.links > 1 ? this.#addChangedLinks(entry, packed) : packed;
  }

  /**
   * Stores a file whose content lies elsewhere, such as a copy of a database: with the attributes that the entry says, and none of its links.
   * @param content where to read it.
   * @throws whatever the frames fail with.
   */
  async addCopy(entry: Entry, content: Buffer): Promise<Packed> {
    return await this.#addFile({ ...entry, links: 1 }, content, (given, { size }) => ({ ...given, size: Number(size) }));
  }

  /** Stores a file that is nowhere but in memory. @throws whatever the frames fail with. */
  async addContent(given: Pick<Entry, 'name' | 'mode' | 'uid' | 'gid' | 'mtimeNs'>, content: Buffer): Promise<Packed> {
    const none = { ctimeNs: given.mtimeNs, inode: 0n, device: 0n, links: 1 };
    const entry: Entry = { ...given, ...none, type: 'file', size: content.length };
    const at = this.#frames.position;
    await this.#frames.write(this.#headings.of(entry, { stored: content.length, sparse: false, xattrs: noXattrs }));
    await this.#frames.write(content);
    padToBlock(this.#frames);
    return this.#packed('stored', entry, at);
  }

  /** Ends the archive. @throws whatever the frames fail with. */
  async end(): Promise<FramesTotal> {
    await writeZeros(this.#frames, 2 * blockSize);
    await this.#frames.end();
    return this.#frames.total;
  }

  #addFile(given: Entry, path: Buffer, fresh: (given: Entry, stats: BigIntStats) => Entry): Packed | Promise<Packed> {
    let fd: number;
    try {
      fd = this.#open(given, path);
    } catch (error) {
      return this.#nothing(goneCodes.has(codeOf(error) ?? '') ? 'vanished' : 'unreadable', given, messageOf(error));
    }
    let packed: Packed | undefined;
    let extended: Extended;
    try {
      extended = this.#xattrsOf(() => this.#system?.xattrs.ofFile(fd));
      const none = extended.xattrs.length === 0 && extended.reason === undefined;
      packed = fresh === asItIs && none ? this.#addUnchanged(given, fd) : undefined;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (packed === undefined) return this.#addOpen(given, fd, fresh, extended);
    closeSync(fd);
    return packed;
  }

  async #addChangedLinks(entry: Entry, adding: Packed | Promise<Packed>): Promise<Packed> {
    const packed = await adding;
    if (packed.bytes === 0) return packed;
    for (const link of this.#changedLinks.of(entry)) await this.#frames.write(this.#headings.of(link));
    if (packed.outcome === 'changed') this.#changedLinks.changed(entry);
    return packed;
  }

  /**
   * The way of nearly all files: one that fits into the block is read before it is asked for its state, and where that is still what
   * the entry says, nobody wrote to it between the two. Undefined where it is not, and nothing is written then.
   */
  #addUnchanged(entry: Entry, fd: number): Packed | undefined {
    const frames = this.#frames;
    const { size } = entry;
    const heading = this.#headings.of(entry, { stored: size, sparse: false, xattrs: noXattrs });
    const from = frames.used + heading.length;
    if (from + size + blockSize > frames.block.length) return undefined;
    this.#onOpen?.(entry);
    try {
      if (size > 0 && readSync(fd, frames.block, from, size, 0) !== size) return undefined;
    } catch {
      return undefined;
    }
    const stats = fstatSync(fd);
    if (!isAsBefore(entry, stats) || stats.blocks * 512 < size) return undefined;
    const at = frames.position;
    heading.copy(frames.block, frames.used);
    frames.used = from + size;
    padToBlock(frames);
    return { outcome: 'stored', entry, at, bytes: frames.position - at };
  }

  /** Stores a file that takes more than one step, and closes it. */
  async #addOpen(
    given: Entry,
    fd: number,
    fresh: (given: Entry, stats: BigIntStats) => Entry,
    { xattrs, reason }: Extended,
  ): Promise<Packed> {
    try {
      const at = this.#frames.position;
      const before = fstatSync(fd, { bigint: true });
      if ((before.mode & S_IFMT) !== S_IFREG) return this.#nothing('vanished', given, 'it is no longer a file');
      const entry = fresh(given, before);
      this.#onOpen?.(entry);
      const stretches = Number(before.blocks) * 512 < entry.size ? this.#stretchesOf(fd, entry.size) : undefined;
      const written = await this.#writeFile(entry, fd, xattrs, stretches);
      const after = fstatSync(fd, { bigint: true });
      const changed = changeOf(before, after) ?? (written.short ? 'it ended before its size' : undefined);
      if (written.failure !== undefined) return this.#packed('damaged', entry, at, written.failure);
      if (changed !== undefined) return this.#packed('changed', entry, at, changed);
      return this.#packed('stored', entry, at, reason ?? written.reason);
    } finally {
      closeSync(fd);
    }
  }

  async #writeFile(
    entry: Entry,
    fd: number,
    xattrs: readonly Xattr[],
    stretches: readonly Stretch[] | undefined,
  ): Promise<{ readonly short: boolean; readonly failure?: string | undefined; readonly reason?: string | undefined }> {
    const map = stretches === undefined ? undefined : encodeSparseMap(stretches, entry.size);
    const parts = stretches ?? [{ offset: 0, length: entry.size }];
    const stored = parts.reduce((sum, { length }) => sum + length, map?.length ?? 0);
    const reason = await this.#writeHeading(entry, { stored, sparse: map !== undefined, xattrs });
    if (map !== undefined) await this.#frames.write(map);
    let short = false;
    let failure: string | undefined;
    for (const { offset, length } of parts) {
      const copied = await copyContent(this.#frames, fd, offset, length);
      short ||= copied.bytes < length;
      failure ??= copied.failure;
    }
    padToBlock(this.#frames);
    return { short, failure, reason };
  }

  async #addOther(entry: Entry, path: Buffer): Promise<Packed> {
    const at = this.#frames.position;
    const { xattrs, reason } = this.#xattrsOf(() => this.#system?.xattrs.ofPath(path));
    const left = await this.#writeHeading(entry, { stored: 0, sparse: false, xattrs });
    return this.#packed('stored', entry, at, reason ?? left);
  }

  async #addLink(link: Entry): Promise<Packed> {
    const at = this.#frames.position;
    await this.#frames.write(this.#headings.of(link));
    this.#changedLinks.linked(link);
    return this.#packed('hardlink', link, at);
  }

  /** Writes what stands before the content. @returns why its attributes are not there, where they are not. */
  async #writeHeading(entry: Entry, extras: Extras): Promise<string | undefined> {
    let heading: Buffer;
    let reason: string | undefined;
    try {
      heading = this.#headings.of(entry, extras);
    } catch (error) {
      reason = withoutXattrs(error);
      heading = this.#headings.of(entry, { ...extras, xattrs: noXattrs });
    }
    await this.#frames.write(heading);
    return reason;
  }

  #open({ uid }: Entry, path: Buffer): number {
    if (this.#refused.has(uid)) return openSync(path, openFlags);
    try {
      return openSync(path, openFlags | O_NOATIME);
    } catch (error) {
      if (codeOf(error) !== 'EPERM') throw error;
      this.#refused.add(uid);
      return openSync(path, openFlags);
    }
  }

  #xattrsOf(read: () => readonly Xattr[] | undefined): Extended {
    if (this.xattrs !== 'stored') return { xattrs: noXattrs };
    try {
      return { xattrs: read() ?? noXattrs };
    } catch (error) {
      return { xattrs: noXattrs, reason: withoutXattrs(error) };
    }
  }

  /** Undefined where it has no holes, or nobody can tell. */
  #stretchesOf(fd: number, size: number): Stretch[] | undefined {
    try {
      const stretches = this.#system?.stretches(fd, size);
      const [first] = stretches ?? [];
      return first?.offset === 0 && first.length === size ? undefined : stretches;
    } catch {
      // a file system that knows of no holes: it is stored as it reads
      return undefined;
    }
  }

  #packed(outcome: Outcome, entry: Entry, at: number, reason?: string): Packed {
    const packed = { outcome, entry, at, bytes: this.#frames.position - at };
    return reason === undefined ? packed : { ...packed, reason };
  }

  #nothing(outcome: Outcome, entry: Entry, reason?: string): Packed {
    return this.#packed(outcome, entry, this.#frames.position, reason);
  }
}

function withoutXattrs(error: unknown): string {
  return `its extended attributes are not stored: ${messageOf(error)}`;
}
