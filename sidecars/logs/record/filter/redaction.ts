import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { compile, linesOf } from './pattern.ts';

/** Something that is to be found in messages and replaced: the word of a built-in one, or a regular expression. */
export type Redaction = 'email' | 'card' | 'bearer' | RegExp;

const builtIn = ['email', 'card', 'bearer'] as const;

/** Built-in names, with commas or on lines, and regular expressions, one on each line. */
export const redactions: Kind<readonly Redaction[]> = {
  name: 'redactions',
  parse: (text) => linesOf(text).flatMap(parseLine),
  format: (values) => values.map((value) => (typeof value === 'string' ? value : value.source)).join('\n'),
  join: (texts) => texts.join('\n'),
};

function parseLine(line: string): Redaction[] {
  const words = line.split(',').map((word) => word.trim());
  const names = words.flatMap((word) => builtIn.filter((name) => name === word));
  if (names.length === words.length) return names;
  // a name that is misspelt must not become a pattern that finds nothing
  const unknown = words.find((word) => !names.some((name) => name === word));
  if (words.every((word) => /^[A-Za-z-]+$/.test(word)))
    throw new Invalid(
      `names ${unknown}, which is none of ${builtIn.join(', ')}; as a pattern write it in parentheses: (${unknown})`,
    );
  return [compile(line)];
}
