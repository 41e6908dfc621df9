import { Malformed, type Texts } from './push.ts';

/** What a query asks for: streams by their labels, and of them lines by what is in them. */
export interface Selector {
  readonly takes: (labels: Texts) => boolean;
  readonly keeps: (line: string) => boolean;
}

const text = '"(?:[^"\\\\]|\\\\.)*"|`[^`]*`';
const matcher = new RegExp(`^\\s*([a-zA-Z_]\\w*)\\s*(=~|!~|!=|=)\\s*(${text})\\s*$`);
const matchers = new RegExp(`^\\s*\\{((?:[^"\`{}]|${text})*)\\}`);
const filter = new RegExp(`^\\s*(\\|=|!=|\\|~|!~)\\s*(${text})`);

/**
 * Reads what most queries of LogQL consist of: `{app="web", file=~".*access.log"} |= "GET" !~ "4..$"`.
 * @throws Malformed where it holds anything else.
 */
export function selectorOf(query: string): Selector {
  const [head, inside = ''] = matchers.exec(query) ?? [];
  if (head === undefined) throw new Malformed(`the query ${query} does not begin with labels: {app="web"}`);
  const takes = splitMatchers(inside).map(labelTest);
  const keeps: ((line: string) => boolean)[] = [];
  let rest = query.slice(head.length);
  for (let found = filter.exec(rest); found !== null; found = filter.exec(rest)) {
    const [all, sign = '', quoted = ''] = found;
    keeps.push(lineTest(sign, unquoted(quoted)));
    rest = rest.slice(all.length);
  }
  if (rest.trim() !== '') throw new Malformed(`this receiver takes no ${rest.trim()} in a query`);
  return {
    takes: (labels) => takes.every((test) => test(labels)),
    keeps: (line) => keeps.every((test) => test(line)),
  };
}

function splitMatchers(inside: string): string[] {
  const parts = inside.match(new RegExp(`(?:[^",\`]|${text})+`, 'g')) ?? [];
  if (parts.length === 0) throw new Malformed('a query has to name at least one label');
  return parts;
}

function labelTest(part: string): (labels: Texts) => boolean {
  const [, name = '', sign = '', quoted = ''] = matcher.exec(part) ?? [];
  if (name === '') throw new Malformed(`${part} is no label with a value`);
  const value = unquoted(quoted);
  if (sign === '=') return (labels) => (labels[name] ?? '') === value;
  if (sign === '!=') return (labels) => (labels[name] ?? '') !== value;
  const pattern = patternOf(`^(?:${value})$`);
  return (labels) => pattern.test(labels[name] ?? '') === (sign === '=~');
}

function lineTest(sign: string, value: string): (line: string) => boolean {
  if (sign === '|=') return (line) => line.includes(value);
  if (sign === '!=') return (line) => !line.includes(value);
  const pattern = patternOf(value);
  return (line) => pattern.test(line) === (sign === '|~');
}

function unquoted(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted);
  } catch {
    throw new Malformed(`${quoted} is no text; a backslash in it is written twice, or the text between backquotes`);
  }
}

function patternOf(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw new Malformed(String(error));
  }
}
