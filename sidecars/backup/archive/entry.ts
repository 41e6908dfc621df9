/** What a name in a file system can be, as far as an archive keeps it. Sockets are left out: they mean nothing without their process. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'character' | 'block';

/** All that is known of a name in a source without reading its content. Names are bytes: not every file system has UTF-8. */
export interface Entry {
  /** The name in the archive: the absolute path without its first slash; folders have none at their end. */
  readonly name: Buffer;
  readonly type: EntryType;
  /** Of a file's content, in bytes; 0 for everything else. */
  readonly size: number;
  /** Permission bits, with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Last change of the content, in nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Last change of content, owner, mode, name or number of links, in nanoseconds since 1970. */
  readonly ctimeNs: bigint;
  readonly inode: bigint;
  readonly device: bigint;
  /** How many names the inode has. */
  readonly links: number;
  /** Of a symlink its text, of a hardlink the name of the entry that has the content. */
  readonly target?: Buffer;
  /** Of a device: its major and minor number. */
  readonly rdev?: { readonly major: number; readonly minor: number };
}
