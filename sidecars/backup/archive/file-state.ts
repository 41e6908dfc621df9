import type { BigIntStats, Stats } from 'node:fs';
import type { Entry } from './entry.ts';
import { instantOf } from './heading.ts';

/** The entry with what the open file says of itself. */
export function asItIs(entry: Entry, stats: BigIntStats): Entry {
  const { ino: inode, dev: device, mtimeNs, ctimeNs } = stats;
  // whatever changes an inode changes its ctime
  if (ctimeNs === entry.ctimeNs && inode === entry.inode && device === entry.device && mtimeNs === entry.mtimeNs) return entry;
  const mode = Number(stats.mode & 0o7777n);
  const [size, uid, gid, links] = [Number(stats.size), Number(stats.uid), Number(stats.gid), Number(stats.nlink)];
  return { ...entry, size, mode, uid, gid, mtimeNs, ctimeNs, inode, device, links };
}

/**
 * Whether a file is still as the entry says. Stats without BigInt are quicker to have, and tell times to a quarter of a microsecond:
 * nobody looks at a file and writes to it in less.
 */
export function isAsBefore(entry: Entry, stats: Stats): boolean {
  const { seconds, nanoseconds } = instantOf(entry.ctimeNs);
  return (
    stats.size === entry.size &&
    stats.ino === Number(entry.inode) &&
    stats.dev === Number(entry.device) &&
    // as Node computes it
    stats.ctimeMs === seconds * 1000 + nanoseconds / 1_000_000
  );
}

/** What happened to a file between two looks at it; undefined where nothing did. */
export function changeOf(before: BigIntStats, after: BigIntStats): string | undefined {
  if (after.size > before.size) return `it grew from ${before.size} to ${after.size} bytes while it was read`;
  if (after.size < before.size) return `it shrank from ${before.size} to ${after.size} bytes while it was read`;
  if (after.mtimeNs !== before.mtimeNs) return 'it was written to while it was read';
  if (after.ctimeNs === before.ctimeNs) return undefined;
  return after.nlink === 0n ? 'it was deleted while it was read' : 'its owner, mode or name changed while it was read';
}
