import { errnos } from './errno.ts';
import { type Libc, SystemError } from './libc.ts';

/** A stretch of a file that has content; what lies between stretches is a hole, which reads as zeros. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/**
 * The stretches of an open file that have content, up to `size`, in order (lseek(2), SEEK_DATA). The place in the file is not kept.
 * @param most how many stretches there may be: what follows them is given as one more, as if it had no holes.
 * @throws SystemError
 */
export function stretchesOf(libc: Libc, fd: number, size: number, most: number): Stretch[] {
  const found: Stretch[] = [];
  for (let at = 0; at < size; ) {
    const offset = seek(libc, fd, at, SEEK_DATA);
    if (offset === undefined || offset >= size) break;
    const end = found.length < most ? Math.min(size, seek(libc, fd, offset, SEEK_HOLE) ?? size) : size;
    // a file that is cut meanwhile has its end before that
    if (end <= offset) break;
    found.push({ offset, length: end - offset });
    at = end;
  }
  return found;
}

/** Undefined where there is none behind that place. */
function seek(libc: Libc, fd: number, from: number, whence: number): number | undefined {
  for (let attempt = 0; ; attempt += 1) {
    const found = libc.lseek(fd, BigInt(from), whence);
    if (found >= 0n) return Number(found);
    if (attempt === 0) continue;
    const errno = libc.errno();
    if (errno === errnos.ENXIO) return undefined;
    throw new SystemError('lseek', errno);
  }
}
