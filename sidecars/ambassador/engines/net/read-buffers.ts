/**
 * What sockets are read into. All that read little share one small memory: what a socket read is passed on before the next one reads, and copied
 * where it cannot be, so an idle connection holds none. One that reads much has a large memory for itself, which saves that copy.
 */

/** Bytes of the memory that is shared. */
export const small = 16 * 1024;
/** Bytes of a memory that a socket has for itself. */
export const large = 256 * 1024;

export const shared: Buffer = Buffer.allocUnsafeSlow(small);

/** Large memories that there may be: 8 MiB in all. */
const most = 32;
/** Large memories that are kept for the next one. */
const spare = 4;

const free: Buffer[] = [];
let made = 0;

/** A large memory; undefined where too many have one, so that the shared one has to do. */
export function takeLarge(): Buffer | undefined {
  const one = free.pop();
  if (one !== undefined || made === most) return one;
  made += 1;
  return Buffer.allocUnsafeSlow(large);
}

/** Gives a large memory back. Nobody may read or write it any more. */
export function giveBack(memory: Buffer): void {
  if (free.length < spare) free.push(memory);
  else made -= 1;
}
