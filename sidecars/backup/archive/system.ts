import { FileTimes } from '#shared/linux/file-times.ts';
import { type Stretch, stretchesOf } from '#shared/linux/holes.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { SpecialFiles } from '#shared/linux/special-files.ts';
import { Xattrs } from '#shared/linux/xattr.ts';

/** What an archive needs of the system that Node has no function for. */
export interface System {
  readonly xattrs: Xattrs;
  readonly times: FileTimes;
  readonly specialFiles: SpecialFiles;
  /** The stretches of an open file that have content. @throws SystemError */
  readonly stretches: (fd: number, size: number) => Stretch[];
}

/** A file in more pieces than this is stored without the holes behind them, so that its map does not fill the memory. */
const mostStretches = 32_768;

/** Undefined where Node has no FFI: then holes are stored as zeros, and attributes and FIFOs are neither stored nor restored. */
export function openSystem(): System | undefined {
  try {
    const libc = openLibc();
    return {
      xattrs: new Xattrs(libc),
      times: new FileTimes(libc),
      specialFiles: new SpecialFiles(libc),
      stretches: (fd, size) => stretchesOf(libc, fd, size, mostStretches),
    };
  } catch {
    // which is an answer: whoever asked has to say what is missing
    return undefined;
  }
}
