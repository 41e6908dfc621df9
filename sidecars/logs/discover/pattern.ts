import { dirname } from 'node:path';
import picomatch from 'picomatch';

/** A glob made ready for walking: where to begin, how deep to go, and what matches. */
export interface Pattern {
  readonly glob: string;
  /** The folder below which every match lies. */
  readonly root: string;
  /** How many folders deep a match can lie below the root; Infinity with `**`. */
  readonly depth: number;
  readonly matches: (path: string) => boolean;
}

/** Folders of the kernel, which hold no logs and never end. They are walked only where a glob begins inside of them. */
const kernelFolders = new Set(['/proc', '/sys', '/dev']);

/** Compiles an absolute glob. A name that begins with a dot is matched only by a pattern that says the dot, as in a shell. */
export function compile(glob: string): Pattern {
  const { base, glob: rest, isGlob } = picomatch.scan(glob);
  if (!isGlob) return { glob, root: dirname(glob), depth: 0, matches: (path) => path === glob };
  const depth = rest.includes('**') ? Number.POSITIVE_INFINITY : rest.split('/').length - 1;
  // what picomatch makes of a glob looks at more than the path, and costs several times as much
  const expression = picomatch.makeRe(glob);
  return { glob, root: base === '' ? '/' : base, depth, matches: (path) => expression.test(path) };
}

/** Tells whether a path matches one of some globs. */
export function matchesAny(globs: readonly string[]): (path: string) => boolean {
  return globs.length === 0 ? () => false : picomatch([...globs]);
}

/** Whether a walk for the pattern goes into a folder found `depth` folders below its root. */
export function descends(pattern: Pattern, folder: string, depth: number): boolean {
  return depth <= pattern.depth && !kernelFolders.has(folder);
}
