import type { Instant } from '#shared/linux/file-times.ts';
import type { Stretch } from '#shared/linux/holes.ts';
import type { Xattr } from '#shared/linux/xattr.ts';
import type { EntryType } from './entry.ts';
import { keys, readTime, xattrName } from './pax.ts';
import { type DecodedHeader, flags } from './tar-header.ts';

/** All that an archive says of an entry. Its buffers are views of chunks: what is kept for long has to be copied. */
export interface Header {
  /** Without a slash at its end. */
  readonly name: Buffer;
  readonly type: EntryType;
  /** Of the file when it is restored; 0 for everything else. */
  readonly size: number;
  /** Bytes of content that follow; of a sparse file fewer than its size. */
  readonly stored: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Instant;
  /** Of a symlink its text, of a hardlink the name of the entry that has the content; else empty. */
  readonly target: Buffer;
  readonly rdev: { readonly major: number; readonly minor: number };
  readonly xattrs: readonly Xattr[];
  readonly acl: { readonly access?: string; readonly default?: string };
  /** Of a sparse file the stretches that its content fills, one after the other; all else is a hole. */
  readonly stretches: readonly Stretch[] | undefined;
  /** Where in the plain archive it begins, with what stands before its own header. */
  readonly at: number;
}

/** What stood before an entry's own header. */
export interface Before {
  readonly at: number;
  readonly records: ReadonlyMap<string, Buffer>;
  readonly name?: Buffer | undefined;
  readonly target?: Buffer | undefined;
}

const types = new Map<number, EntryType>(
  (['file', 'hardlink', 'symlink', 'character', 'block', 'directory', 'fifo'] as const).map((type) => [flags[type], type]),
);
const slash = 0x2f;
const noXattrs: readonly Xattr[] = [];
const noAcl = {};

/** Whether the content of an entry begins with the map of a sparse file. */
export function hasSparseMap({ records }: Before): boolean {
  return text(records, keys.sparse.major) === '1';
}

/** Bytes that follow a header, with the map of a sparse file. @throws Error where they are no number. */
export function storedBytes({ flag, size }: DecodedHeader, { records }: Before): number {
  return flag === flags.file ? (number(records, keys.size) ?? size) : 0;
}

/**
 * Puts together what an entry's own header and what stood before it say.
 * @param stored bytes of content that follow, without a map.
 * @throws Error where they say what cannot be.
 */
export function readHeader(header: DecodedHeader, before: Before, stored: number, stretches?: readonly Stretch[]): Header {
  const { records } = before;
  const { uid, gid, seconds, mode, target, major, minor } = header;
  const known = types.get(header.flag);
  if (known === undefined) throw new Error(`an entry of the unknown type "${String.fromCharCode(header.flag)}"`);
  const foreign = ['GNU.sparse.map', 'GNU.sparse.offset', 'GNU.sparse.numblocks'].find((key) => records.has(key));
  if (foreign !== undefined) throw new Error('a sparse file in an old format');
  const raw = before.name ?? records.get(keys.sparse.name) ?? records.get(keys.path) ?? header.name;
  const name = withoutSlash(raw);
  const folder = known === 'file' && stored === 0 && name.length < raw.length;
  const size = stretches === undefined ? stored : number(records, keys.sparse.size);
  if (size === undefined) throw new Error('a sparse file without its size');
  const plain = { name, type: folder ? ('directory' as const) : known, size, stored, mode, stretches, at: before.at };
  if (records.size === 1) {
    const mtime = records.get(keys.mtime);
    // of most entries no more than the time stands before the header
    if (mtime !== undefined)
      return {
        ...plain,
        uid,
        gid,
        mtime: readTime(mtime.toString('latin1')),
        target: before.target ?? target,
        rdev: { major, minor },
        xattrs: noXattrs,
        acl: noAcl,
      };
  }
  const mtime = text(records, keys.mtime);
  return {
    ...plain,
    uid: number(records, keys.uid) ?? uid,
    gid: number(records, keys.gid) ?? gid,
    mtime: mtime === undefined ? { seconds, nanoseconds: 0 } : readTime(mtime),
    target: before.target ?? records.get(keys.target) ?? target,
    rdev: { major, minor },
    xattrs: xattrsOf(records),
    acl: aclOf(records),
  };
}

function xattrsOf(records: ReadonlyMap<string, Buffer>): readonly Xattr[] {
  const found: Xattr[] = [];
  for (const [key, value] of records) {
    const name = xattrName(key);
    if (name !== undefined) found.push({ name, value });
  }
  return found.length === 0 ? noXattrs : found;
}

function aclOf(records: ReadonlyMap<string, Buffer>): Header['acl'] {
  const [access, inherited] = [text(records, keys.acl.access), text(records, keys.acl.default)];
  return { ...(access !== undefined && { access }), ...(inherited !== undefined && { default: inherited }) };
}

function withoutSlash(name: Buffer): Buffer {
  let end = name.length;
  while (end > 1 && name[end - 1] === slash) end -= 1;
  return name.subarray(0, end);
}

function text(records: ReadonlyMap<string, Buffer>, key: string): string | undefined {
  return records.get(key)?.toString('latin1');
}

function number(records: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const value = text(records, key);
  if (value === undefined) return undefined;
  const read = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(read)) throw new Error(`"${value}" is no ${key}`);
  return read;
}
