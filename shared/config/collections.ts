import picomatch from 'picomatch';
import { Invalid, type Kind, path } from './kinds.ts';

/**
 * Several values, separated by commas or line ends; a comma inside braces, brackets or parentheses does not separate,
 * so that `/var/log/{a,b}.log` stays one glob. A flag may be given several times.
 */
export function list<T>(inner: Kind<T>): Kind<readonly T[]> {
  return {
    name: `list of ${inner.name}s`,
    parse: (text) => {
      const parts = split(text);
      if (parts.length === 0 && text !== '') throw new Invalid('names nothing');
      return parts.map((part, index) => parsePart(inner, part, parts.length > 1 ? `its part ${index + 1} ` : ''));
    },
    format: (values) => {
      const texts = values.map(inner.format);
      const line = texts.join(',');
      // a bracket that is not closed goes on up to the line end
      return split(line).length === texts.length ? line : texts.join('\n');
    },
    join: (texts) => texts.join('\n'),
  };
}

function parsePart<T>(inner: Kind<T>, part: string, place: string): T {
  try {
    return inner.parse(part);
  } catch (error) {
    throw error instanceof Invalid ? new Invalid(place + error.message) : error;
  }
}

/** An absolute pattern of paths, as a shell reads it: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for folders at any depth. */
export const glob: Kind<string> = {
  name: 'glob',
  parse: (text) => {
    path.parse(text);
    if (picomatch.scan(text).negated) throw new Invalid('begins with !; name what to leave out by the option made for it');
    picomatch.makeRe(text);
    return text;
  },
  format: String,
};

const labelName = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** Names with values: `app=web,env=prod`, or one on each line; a value holds no comma. `reserved` names are refused. */
export function labels(reserved: readonly string[] = []): Kind<Readonly<Record<string, string>>> {
  const parse = (text: string) => {
    const found = new Map<string, string>();
    for (const part of text.split(/[,\n]/)) {
      const pair = part.trim();
      if (pair === '') continue;
      const at = pair.indexOf('=');
      const name = pair.slice(0, Math.max(at, 0)).trim();
      if (at < 1) throw new Invalid('holds a part that is not NAME=VALUE; write app=web,env=prod');
      if (!labelName.test(name)) throw new Invalid(`has a name, ${name}, that is not made of letters, digits, _ . and -`);
      if (reserved.includes(name)) throw new Invalid(`has a name, ${name}, that is taken; taken are ${reserved.join(', ')}`);
      if (found.has(name)) throw new Invalid(`names ${name} twice`);
      found.set(name, pair.slice(at + 1).trim());
    }
    return Object.fromEntries(found);
  };
  const format = (value: Readonly<Record<string, string>>) =>
    Object.entries(value)
      .map((pair) => pair.join('='))
      .join(',');
  return { name: 'labels', parse, format, join: (texts) => texts.join('\n') };
}

/** HTTP header fields (RFC 9110, section 5), `Name: value`, one on each line; a single one needs no line end. */
export const headers: Kind<Readonly<Record<string, string>>> = {
  name: 'header lines',
  parse: (text) => {
    const found = new Map<string, string>();
    for (const line of text.split('\n').filter((candidate) => candidate.trim() !== '')) {
      const match = /^[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line.replace(/\r$/, ''));
      if (!match?.[1]) throw new Invalid('holds a line that is not a header; write Name: value, one on each line');
      const name = match[1].toLowerCase();
      if (found.has(name)) throw new Invalid(`names the header ${name} twice`);
      found.set(name, (match[2] ?? '').trimEnd());
    }
    return Object.fromEntries(found);
  },
  format: (value) =>
    Object.entries(value)
      .map((pair) => pair.join(': '))
      .join('\n'),
};

/** Splits at line ends and at commas outside of brackets of any sort; empty parts are left out. */
function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const char = text[at] ?? '\n';
    if ('{[('.includes(char)) depth += 1;
    if ('}])'.includes(char)) depth = Math.max(0, depth - 1);
    if (char === '\n') depth = 0;
    if (char !== '\n' && (char !== ',' || depth > 0)) continue;
    parts.push(text.slice(start, at).trim());
    start = at + 1;
  }
  return parts.filter((part) => part !== '');
}
