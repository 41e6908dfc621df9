import type { Kind } from '#shared/config/kinds.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { compile } from '../filter/pattern.ts';

/** Which lines are one record. */
export type Multiline =
  | { readonly mode: 'off' | 'indent' | 'java' | 'python' | 'go' | 'node' }
  /** Lines that match begin a record, all others go on with it. */
  | { readonly mode: 'regex'; readonly begins: RegExp };

const modes = ['off', 'indent', 'java', 'python', 'go', 'node'] as const;
const prefix = 'regex:';

/** `off`, the name of a built-in rule, or `regex:PATTERN`. */
export const multiline: Kind<Multiline> = {
  name: `${modes.join(' | ')} | regex:PATTERN`,
  parse: (text) => {
    const mode = modes.find((word) => word === text);
    if (mode !== undefined) return { mode };
    if (!text.startsWith(prefix)) throw new Invalid(`is none of ${modes.join(', ')} and regex:PATTERN`);
    return { mode: 'regex', begins: compile(text.slice(prefix.length)) };
  },
  format: (value) => (value.mode === 'regex' ? `${prefix}${value.begins.source}` : value.mode),
};
