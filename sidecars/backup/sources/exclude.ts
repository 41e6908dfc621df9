import picomatch from 'picomatch';

/**
 * Tells whether a path is left out by one of some absolute globs, with all that is below it. Unlike in a shell, `*` also matches names
 * that begin with a dot. `/data/cache` leaves out the folder, `/data/cache/**` only what is in it: an application may need the folder itself.
 */
export function excludedBy(globs: readonly string[]): (path: string) => boolean {
  if (globs.length === 0) return () => false;
  const literal = new Set(globs);
  // a name may hold a line end: flag s lets a dot match it; the function of picomatch costs ten times its expression
  const patterns = globs.map((glob) => picomatch.makeRe(contentsAlone(glob), { dot: true, flags: 's' }));
  return (path) => literal.has(path) || patterns.some((pattern) => pattern.test(path));
}

/** To picomatch the folder itself is one of `folder/**`. */
function contentsAlone(glob: string): string {
  return glob.endsWith('/**') ? `${glob}/*` : glob;
}
