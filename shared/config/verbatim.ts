import type { Kind } from './kinds.ts';

/** Words as they were given: in one a comma, a blank and a line end may stand, and a NUL in none. */
export const verbatim: Kind<readonly string[]> = {
  name: 'words',
  parse: (given) => given.split('\0'),
  format: (given) => given.join(' '),
  join: (given) => given.join('\0'),
};
