import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, lstatSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { openLibc } from '#shared/linux/libc.ts';
import { Xattrs } from '#shared/linux/xattr.ts';
import { decompress } from '../../../../sidecars/backup/archive/decompress.ts';
import type { Entry, EntryType } from '../../../../sidecars/backup/archive/entry.ts';
import { Frames, type FramesOptions, type FramesTotal } from '../../../../sidecars/backup/archive/frames.ts';
import { type Packed, Packer, type PackerOptions } from '../../../../sidecars/backup/archive/packer.ts';
import { type Unpacked, type UnpackOptions, unpack } from '../../../../sidecars/backup/archive/unpack.ts';
import { inChunks, Kept } from '../bytes.ts';

const types = new Map<number, EntryType>([
  [constants.S_IFREG, 'file'],
  [constants.S_IFDIR, 'directory'],
  [constants.S_IFLNK, 'symlink'],
  [constants.S_IFIFO, 'fifo'],
  [constants.S_IFCHR, 'character'],
  [constants.S_IFBLK, 'block'],
]);

/** What is at a path, under a name of its own; undefined for a socket. */
export function entryOf(path: string | Buffer, name: Buffer): Entry | undefined {
  const stats = lstatSync(path, { bigint: true });
  const type = types.get(Number(stats.mode) & constants.S_IFMT);
  if (type === undefined) return undefined;
  const rdev = Number(stats.rdev);
  return {
    name,
    type,
    size: type === 'file' ? Number(stats.size) : 0,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    inode: stats.ino,
    device: stats.dev,
    links: Number(stats.nlink),
    ...(type === 'symlink' && { target: readlinkSync(path, { encoding: 'buffer' }) }),
    ...((type === 'character' || type === 'block') && { rdev: { major: rdev >> 8, minor: rdev & 255 } }),
  };
}

/** The entry of a file that the test has made. */
export function fileEntry(path: string, name = 'file'): Entry {
  const entry = entryOf(path, Buffer.from(name));
  if (entry === undefined) throw new Error(`${path} is a socket`);
  return entry;
}

/** Everything below a folder, in the order of the walk: names as they are in an archive, and where they are. */
export function* everythingIn(
  folder: Buffer,
  below = Buffer.alloc(0),
): Generator<{ readonly entry: Entry; readonly path: Buffer }> {
  const firsts = new Map<bigint, Buffer>();
  for (const { entry, path } of walk(folder, below)) {
    const first = firsts.get(entry.inode);
    if (first === undefined) firsts.set(entry.inode, entry.name);
    yield first === undefined || entry.type !== 'file'
      ? { entry, path }
      : { entry: { ...entry, type: 'hardlink', size: 0, target: first }, path };
  }
}

function* walk(folder: Buffer, below: Buffer): Generator<{ readonly entry: Entry; readonly path: Buffer }> {
  const slash = Buffer.from('/');
  for (const base of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare)) {
    const path = Buffer.concat([folder, slash, base]);
    const name = below.length === 0 ? base : Buffer.concat([below, slash, base]);
    const entry = entryOf(path, name);
    if (entry === undefined) continue;
    yield { entry, path };
    if (entry.type === 'directory') yield* walk(path, name);
  }
}

/** An archive that was made. */
export interface Made {
  readonly bytes: Buffer;
  readonly total: FramesTotal;
  readonly packed: readonly Packed[];
}

/** Makes an archive by hand, one entry after the other. */
export async function pack(
  add: (packer: Packer) => AsyncIterable<Packed>,
  options: PackerOptions & FramesOptions = {},
): Promise<Made> {
  const kept = new Kept();
  const packer = new Packer(new Frames(kept, options), options);
  const packed: Packed[] = [];
  for await (const one of add(packer)) packed.push(one);
  const total = await packer.end();
  return { bytes: kept.bytes, total, packed };
}

/** Makes an archive of entries that are at these paths. */
export function packEntries(
  entries: readonly (readonly [Entry, string])[],
  options: PackerOptions & FramesOptions = {},
): Promise<Made> {
  return pack(async function* (packer) {
    for (const [entry, path] of entries) yield await packer.add(entry, Buffer.from(path));
  }, options);
}

/** Makes an archive of everything below a folder. */
export function packFolder(folder: string, options: PackerOptions & FramesOptions = {}): Promise<Made> {
  return pack(async function* (packer) {
    for (const { entry, path } of everythingIn(Buffer.from(folder))) yield await packer.add(entry, path);
  }, options);
}

/** Unpacks an archive by our own means. */
export function unpackTo(folder: string, archive: Buffer, options: UnpackOptions = {}): Promise<Unpacked> {
  return unpack(decompress(inChunks(archive, 100_000)), folder, options);
}

/** Unpacks an archive by `zstd -d | tar x`, as a person would. */
export function untarTo(folder: string, archive: Buffer, locale = 'C.UTF-8'): void {
  const file = `${folder}.tar.zst`;
  writeFileSync(file, archive);
  const script = 'zstd -dcq "$1" | tar -x --warning=no-timestamp --acls --xattrs --xattrs-include="*" -p -C "$0"';
  const { status, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', script, folder, file], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: locale },
  });
  if (status !== 0 || stderr !== '') throw new Error(`tar ended with ${status}: ${stderr}`);
}

/** Everything about what is below a folder that a backup has to keep, by name as latin1; what to leave out. */
export function snapshot(folder: string, without: readonly string[] = []): Record<string, Record<string, unknown>> {
  const xattrs = process.platform === 'linux' ? new Xattrs(openLibc()) : undefined;
  const found: Record<string, Record<string, unknown>> = {};
  for (const { entry, path } of everythingIn(Buffer.from(folder))) {
    const { name, type, size, mode, uid, gid, mtimeNs, target, rdev } = entry;
    const { blocks } = lstatSync(path);
    const all: Record<string, unknown> = {
      type,
      size,
      mode: type === 'symlink' ? 0 : mode.toString(8),
      uid,
      gid,
      mtimeNs,
      target: target?.toString('latin1'),
      rdev,
      content: type === 'file' && size < 100 << 20 ? createHash('sha256').update(readFileSync(path)).digest('hex') : undefined,
      sparse: type === 'file' ? blocks * 512 < size : undefined,
      xattrs: xattrs?.ofPath(path).map((xattr) => `${xattr.name}=${xattr.value.toString('hex')}`),
    };
    for (const key of without) delete all[key];
    found[name.toString('latin1')] = all;
  }
  return found;
}
