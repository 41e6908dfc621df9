import { UnsafeEntryError } from './errors.ts';

const slash = 0x2f;
const dot = 0x2e;

/**
 * The name of an entry below the folder that is restored to, without `.` and empty components; empty for that folder itself.
 * @param entry the entry that has the name, where it is that of a link's target.
 * @throws UnsafeEntryError where it leads out of it.
 */
export function safeName(name: Buffer, entry: Buffer = name): Buffer {
  if (name[0] === slash) throw unsafe(name, entry, 'is absolute');
  let start = 0;
  let tidy = name.length > 0;
  for (let at = 0; at <= name.length; at += 1) {
    const byte = name[at];
    if (byte === 0) throw unsafe(name, entry, 'has a NUL in it');
    if (byte !== slash && byte !== undefined) continue;
    const length = at - start;
    if (length === 2 && name[start] === dot && name[start + 1] === dot) throw unsafe(name, entry, 'has ".." in it');
    if (length === 0 || (length === 1 && name[start] === dot)) tidy = false;
    start = at + 1;
  }
  return tidy ? name : tidied(name);
}

/** The name of the folder that an entry is in; empty for the one that is restored to. */
export function parentOf(name: Buffer): Buffer {
  return name.subarray(0, Math.max(0, name.lastIndexOf(slash)));
}

function unsafe(name: Buffer, entry: Buffer, reason: string): UnsafeEntryError {
  return new UnsafeEntryError(entry, `${name === entry ? 'it' : `its target ${JSON.stringify(name.toString())}`} ${reason}`);
}

function tidied(name: Buffer): Buffer {
  const components = name.toString('latin1').split('/');
  return Buffer.from(components.filter((component) => component !== '' && component !== '.').join('/'), 'latin1');
}
