import {
  chmodSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  readFileSync,
} from 'node:fs';
import type { Instant } from '#shared/linux/file-times.ts';
import type { Xattr } from '#shared/linux/xattr.ts';
import { aclAttributes, aclBytes } from './acl.ts';
import type { Header } from './header.ts';
import type { OpenFolder } from './open-folders.ts';
import type { Lack, Shortfalls } from './shortfalls.ts';
import type { System } from './system.ts';

/** A change of owner takes it away: it is set afterwards. */
const lostWithOwner = 'security.capability';
const setIds = 0o6000;
/** Permissions that a new file does not get, whatever it is made with: all of them, where the system does not say. */
const umask = ownUmask();

/** How attributes are set: on an open file or folder, or on a path that is never followed. */
interface Target {
  readonly chmod: (mode: number) => void;
  /** The mode that it has. */
  readonly mode: () => number;
  readonly chown: (uid: number, gid: number) => void;
  readonly xattr: (xattr: Xattr) => void;
  readonly times: (changed: Instant) => void;
}

/**
 * Gives entries their attributes. What is not permitted, or the file system does not have, is noted and left out.
 * Owners come last: whoever gave a file away may not be allowed to change it any more. So set-user-ID bits follow them, which without the
 * right owner would be a door that nobody meant to open, and are left out there.
 */
export class Attributes {
  readonly #system: System | undefined;
  readonly #shortfalls: Shortfalls;

  constructor(system: System | undefined, shortfalls: Shortfalls) {
    this.#system = system;
    this.#shortfalls = shortfalls;
  }

  /**
   * Of a file that was just made, with the mode that its header says as far as the umask left it. Most files need no more than their time:
   * who owns what is made in a folder is asked once for each folder.
   */
  ofNewFile(fd: number, header: Header, folder: OpenFolder): void {
    const { mode, uid, gid, mtime, xattrs, acl } = header;
    const bare = xattrs.length === 0 && acl.access === undefined && !folder.inherits && (mode & (umask | 0o7000)) === 0;
    if (!bare) {
      this.ofFile(fd, header, folder.inherits);
      return;
    }
    folder.owner ??= fstatSync(fd);
    if (folder.owner.uid !== uid || folder.owner.gid !== gid) this.ofFile(fd, header, false);
    else this.#try('time', header.name, () => this.timesOfFile(fd, mtime));
  }

  /** @param stale whether it may have attributes already, from before or from the folder it is in: those that it should not have go. */
  ofFile(fd: number, header: Header, stale: boolean): void {
    const { mtime, xattrs, acl } = header;
    if (stale) this.#removeStale(fd, header);
    const target: Target = {
      chmod: (mode) => fchmodSync(fd, mode),
      mode: () => fstatSync(fd).mode,
      chown: (uid, gid) => fchownSync(fd, uid, gid),
      xattr: (xattr) => this.#system?.xattrs.setOfFile(fd, xattr),
      times: (changed) => this.timesOfFile(fd, changed),
    };
    if (xattrs.length > 0 || acl.access !== undefined || acl.default !== undefined) {
      this.#all(header, target);
      return;
    }
    // the way of nearly all files
    try {
      fchmodSync(fd, header.mode & ~setIds);
      this.timesOfFile(fd, mtime);
      fchownSync(fd, header.uid, header.gid);
    } catch {
      this.#all(header, target);
      return;
    }
    if ((header.mode & setIds) !== 0) this.#setIds(header, target, true);
  }

  /** Of a symlink, FIFO or device. A symlink has no mode. */
  ofPath(path: Buffer, header: Header): void {
    this.#all(header, {
      chmod: (mode) => {
        if (header.type !== 'symlink') chmodSync(path, mode);
      },
      mode: () => lstatSync(path).mode,
      chown: (uid, gid) => lchownSync(path, uid, gid),
      xattr: (xattr) => this.#system?.xattrs.setOfPath(path, xattr),
      times: (changed) => {
        const { seconds, nanoseconds } = changed;
        if (this.#system !== undefined) this.#system.times.setOfPath(path, changed);
        else lutimesSync(path, Date.now() / 1000, seconds + nanoseconds / 1e9);
      },
    });
  }

  #all(header: Header, target: Target): void {
    const { name, mode, uid, gid, xattrs } = header;
    this.#try('mode', name, () => target.chmod(mode & ~setIds));
    for (const [lack, xattr] of this.#attributesOf(header))
      if (xattr.name !== lostWithOwner) this.#try(lack, name, () => target.xattr(xattr));
    this.#try('time', name, () => target.times(header.mtime));
    const owned = this.#try('owner', name, () => target.chown(uid, gid));
    if ((mode & setIds) !== 0) this.#setIds(header, target, owned);
    for (const xattr of xattrs) if (xattr.name === lostWithOwner) this.#try('file capability', name, () => target.xattr(xattr));
  }

  /** The kernel takes away what it does not permit, and says nothing of it: so it is asked what is there. */
  #setIds({ name, mode, type }: Header, target: Target, owned: boolean): void {
    // what it says of its mode means nothing
    if (type === 'symlink') return;
    if (!owned) {
      this.#shortfalls.note('set-id', name, 'its owner is not the one that it had');
      return;
    }
    const set = this.#try('set-id', name, () => target.chmod(mode));
    if (set && (target.mode() & setIds) !== (mode & setIds))
      this.#shortfalls.note('set-id', name, 'the kernel does not permit it to who is not in the group of the file', true);
  }

  #attributesOf({ name, acl, xattrs }: Header): (readonly [Lack, Xattr])[] {
    if (this.#system === undefined) {
      if (xattrs.length > 0) this.#shortfalls.note('xattr', name, 'Node has no FFI here');
      if (acl.access !== undefined || acl.default !== undefined) this.#shortfalls.note('acl', name, 'Node has no FFI here');
      return [];
    }
    const found: (readonly [Lack, Xattr])[] = xattrs.map((xattr) => [lackOf(xattr), xattr]);
    const add = (kind: keyof typeof aclAttributes, bytes: () => Buffer) =>
      this.#try('acl', name, () => found.push(['acl', { name: aclAttributes[kind], value: bytes() }]));
    const { access, default: forNew } = acl;
    if (access !== undefined) add('access', () => aclBytes(access));
    if (forNew !== undefined) add('default', () => aclBytes(forNew));
    return found;
  }

  #removeStale(fd: number, { name, acl, xattrs }: Header): void {
    const system = this.#system;
    if (system === undefined) return;
    const kept = new Set(xattrs.map((xattr) => xattr.name));
    if (acl.access !== undefined) kept.add(aclAttributes.access);
    if (acl.default !== undefined) kept.add(aclAttributes.default);
    const ours = (attribute: string) =>
      attribute.startsWith('user.') || attribute === aclAttributes.access || attribute === aclAttributes.default;
    this.#try('xattr', name, () => {
      for (const { name: attribute } of system.xattrs.ofFile(fd))
        if (ours(attribute) && !kept.has(attribute)) system.xattrs.removeOfFile(fd, attribute);
    });
  }

  /** When it was last changed. @throws the system's error */
  timesOfFile(fd: number, changed: Instant): void {
    if (this.#system !== undefined) this.#system.times.setOfFile(fd, changed);
    else futimesSync(fd, Date.now() / 1000, changed.seconds + changed.nanoseconds / 1e9);
  }

  #try(lack: Lack, name: Buffer, act: () => unknown): boolean {
    try {
      act();
      return true;
    } catch (error) {
      this.#shortfalls.note(lack, name, error);
      return false;
    }
  }
}

function lackOf({ name }: Xattr): Lack {
  return /^(security|trusted)\./.test(name) ? 'privileged xattr' : 'xattr';
}

function ownUmask(): number {
  try {
    return Number.parseInt(/^Umask:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? '777', 8);
  } catch {
    return 0o777;
  }
}
