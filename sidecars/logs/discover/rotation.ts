const compressed = /\.(gz|bz2|xz|zst|lz4|lzma|br|Z|zip|tgz)$/;
const suffix = /^[.\-_](\d[\w.:+-]*|old|bak|backup|prev|previous|last|save|orig)$|^~$/;
const infix = /^[.\-_]\d[\dT.:_+-]*Z?$/;

/** Whether a name says that the file is compressed: its bytes are no lines. */
export function isCompressed(path: string): boolean {
  return compressed.test(path);
}

/** Whether it says that it is compressed with gzip. */
export function isGzip(path: string): boolean {
  return path.endsWith('.gz');
}

/** The name of the file that was compressed to `name` by gzip; the name itself where there was none. */
export function plainName(name: string): string {
  return isGzip(name) ? name.slice(0, -'.gz'.length) : name;
}

/** Whether two names may be of one file at different times: one is a rotation of the other, or both are of a third. */
export function areRelated(name: string, other: string): boolean {
  const names = new Set([name, ...possibleOriginals(name)]);
  return [other, ...possibleOriginals(other)].some((original) => names.has(original));
}

/**
 * Whether `name` is what a rotation makes of `original`: `app.log.1`, `app.log-20261121`, `app.log.old`,
 * or with the extension kept, `app-20261121.log`, `app.1.log`. Both are names without a folder; compressed ones do not count.
 */
export function isRotationOf(name: string, original: string): boolean {
  if (name === original || isCompressed(name)) return false;
  if (name.startsWith(original)) return suffix.test(name.slice(original.length));
  const dot = original.lastIndexOf('.');
  if (dot < 1) return false;
  const stem = original.slice(0, dot);
  const extension = original.slice(dot);
  return (
    name.length > original.length &&
    name.startsWith(stem) &&
    name.endsWith(extension) &&
    infix.test(name.slice(stem.length, -extension.length))
  );
}

/** The names of which `name` may be a rotation: `app.log.1` is one of `app.log`, `app-1.log` of `app.log`. */
export function possibleOriginals(name: string): string[] {
  const separators = [...name.matchAll(/[.\-_~]/g)].map(({ index }) => index).filter((index) => index > 0);
  const found = new Set<string>();
  for (const start of separators) {
    found.add(name.slice(0, start));
    for (const end of separators) if (end > start && name[end] === '.') found.add(name.slice(0, start) + name.slice(end));
  }
  return [...found].filter((original) => isRotationOf(name, original));
}
