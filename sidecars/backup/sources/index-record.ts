import { isUtf8 } from 'node:buffer';
import type { Entry, EntryType } from '../archive/entry.ts';

/** What is compared of an entry to tell whether it changed, and told of it in a list. */
export type Described = Pick<
  Entry,
  'name' | 'type' | 'size' | 'mode' | 'uid' | 'gid' | 'mtimeNs' | 'ctimeNs' | 'inode' | 'target'
>;

/** Where an entry is kept. */
export interface Place {
  /** Which archive has it: that of this backup, or that of its parent, where it did not change. */
  readonly stored: 'here' | 'parent';
  /** True where it changed while it was read: a later entry of that archive, near its end, has it once more, and that one counts. */
  readonly again: boolean;
  /** Where its header begins in that archive, in bytes of plain tar. */
  readonly offset: number;
}

/** What the index of a backup says of one name that was there. */
export interface IndexRecord extends Described, Place {}

/** An index that is cut, damaged or of another version. */
export class IndexError extends Error {
  override readonly name = 'IndexError';
}

// One letter each: an index has a line for every name. They are those of `find -printf %y`, and h, which it has none for.
const letters: Readonly<Record<EntryType, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  fifo: 'p',
  character: 'c',
  block: 'b',
};
const typesByLetter = new Map<string, EntryType>(Object.entries(letters).map(([type, letter]) => [letter, type as EntryType]));

/**
 * The first part of a line: what the entry is. Two entries with the same text are unchanged, so that a line is compared without being read.
 * Its fields are separated by tabs, the target is empty where there is none:
 *
 *   type mode uid gid size mtime ctime inode name target
 *
 * Names are UTF-8 as they are, with control characters and `%` as `%0A`; in one that is not UTF-8 every byte above 127 is written so.
 * @returns text whose characters are the bytes (latin1).
 */
export function describeEntry({ type, mode, uid, gid, size, mtimeNs, ctimeNs, inode, name, target }: Described): string {
  const link = target === undefined ? '' : escapeName(target);
  return `${letters[type]}\t${mode.toString(8)}\t${uid}\t${gid}\t${size}\t${mtimeNs}\t${ctimeNs}\t${inode}\t${escapeName(name)}\t${link}`;
}

/** The second part of a line: where the entry is kept. */
export function describePlace({ stored, again, offset }: Place): string {
  return `${stored}${again ? '+again' : ''}\t${offset}`;
}

const line =
  /^([fdlhpcb])\t([0-7]{1,4})\t(\d+)\t(\d+)\t(\d+)\t(-?\d+)\t(-?\d+)\t(\d+)\t([^\t]+)\t([^\t]*)\t(here|parent)(\+again)?\t(\d+)$/;

/** Reads both parts of a line with a tab between them. @throws IndexError where it is none. */
export function parseRecord(text: string): IndexRecord {
  const [, letter, mode, uid, gid, size, mtime, ctime, inode, name = '', target = '', stored, again, offset] =
    line.exec(text) ?? [];
  const type = typesByLetter.get(letter ?? '');
  if (type === undefined || (target !== '') !== (type === 'symlink' || type === 'hardlink'))
    throw new IndexError(`is no record: ${text.slice(0, 200)}`);
  const record = {
    name: bytesOf(name),
    type,
    size: Number(size),
    mode: Number.parseInt(mode ?? '', 8),
    uid: Number(uid),
    gid: Number(gid),
    mtimeNs: BigInt(mtime ?? ''),
    ctimeNs: BigInt(ctime ?? ''),
    inode: BigInt(inode ?? ''),
    stored: stored === 'here' ? ('here' as const) : ('parent' as const),
    again: again !== undefined,
    offset: Number(offset),
  };
  return target === '' ? record : { ...record, target: bytesOf(target) };
}

function escapeName(name: Buffer): string {
  const text = name.toString('latin1');
  // most names are printable ASCII without a percent sign
  if (/^[ -$&-~]*$/.test(text)) return text;
  const unsafe = isUtf8(name) ? /[^ -$&-~\x80-\xff]/g : /[^ -$&-~]/g;
  return text.replace(unsafe, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The bytes of a name as a line has it. */
export function bytesOf(text: string): Buffer {
  if (!text.includes('%')) return Buffer.from(text, 'latin1');
  const bytes = text.replace(/%([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(bytes, 'latin1');
}
