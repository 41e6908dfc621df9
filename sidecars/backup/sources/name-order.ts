const slash = 0x2f;

/**
 * The order of a walk: a folder before what is in it, the names of one folder by their bytes. So `/` sorts before every other byte,
 * and `a/x` comes before `a.b`, though `.` is the smaller byte.
 * @returns a number below 0 where `a` comes first, 0 where both are the same name, and one above 0 otherwise.
 */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    const one = a[at];
    const other = b[at];
    if (one === other) continue;
    if (one === slash) return -1;
    if (other === slash) return 1;
    return (one ?? 0) - (other ?? 0);
  }
  return a.length - b.length;
}

/** Whether a name is that of the folder or of something below it, at any depth. The empty name is the root, with everything below it. */
export function isWithin(name: Uint8Array, folder: Uint8Array): boolean {
  if (name.length < folder.length) return false;
  for (let at = 0; at < folder.length; at += 1) if (name[at] !== folder[at]) return false;
  return folder.length === 0 || name.length === folder.length || name[folder.length] === slash;
}
