import { Invalid, type Kind } from '#shared/config/kinds.ts';

/** Regular expressions, one on each line; a flag may be given several times. */
export const patterns: Kind<readonly RegExp[]> = {
  name: 'regular expressions',
  parse: (text) => linesOf(text).map(compile),
  format: (values) => values.map(({ source }) => source).join('\n'),
  join: (texts) => texts.join('\n'),
};

/** The lines of a text that hold anything. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** @throws Invalid where it is no regular expression. */
export function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw new Invalid(`holds what is no regular expression: ${error instanceof Error ? error.message : error}`);
  }
}
