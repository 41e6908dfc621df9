import type { Parse } from './line.ts';
import { membersOf } from './members.ts';
import { plain } from './plain.ts';
import { decode } from './text.ts';
import { fromEpoch, rfc3339 } from './time.ts';

const quote = 0x22;
const brace = '{'.charCodeAt(0);

/** A line that is a JSON object (RFC 8259) is a record of its members; any other is a message. */
export const json: Parse = (chunk, from, to) => {
  let at = from;
  while (at < to && (chunk[at] === 0x20 || chunk[at] === 0x09)) at += 1;
  if (chunk[at] !== brace) return plain(chunk, from, to);
  const message = chunk.subarray(from, to);
  const { text, repaired } = decode(message);
  if (!isObject(text)) return plain(chunk, from, to);
  return { message: repaired > 0 ? Buffer.from(text) : message, text, object: true, repaired };
};

function isObject(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The fields of a record that is a JSON object. */
export interface Fields {
  /** Its members without the braces, well-formed and each name once. */
  readonly fields: string;
  /** RFC 3339, where a member tells it. */
  readonly time: string | undefined;
}

/** The members that may tell the time, in this order. */
const timeNames = ['time', 'timestamp', '@timestamp', 'ts'].map((name) => JSON.stringify(name));

/**
 * What the members of a JSON object say, given as its text.
 *
 * The first of `time`, `timestamp`, `@timestamp` and `ts` that is a time of ISO 8601 with a zone, or a number of seconds, milliseconds, micro- or nanoseconds
 * since 1970, gives the record its time. It is taken out of the members, unless it is more exact than the time that was made of it.
 * A member that has one of the `taken` names, which the record itself has, is called `line_NAME`: neither of the two is lost, and a label or a host is what
 * the settings say. Where a name is there twice, the last one counts, as in `JSON.parse`.
 *
 * @param text a JSON object.
 */
export function fieldsOf(text: string, taken: ReadonlySet<string>): Fields {
  const members = new Map<string, string>();
  for (const { name, value } of membersOf(text)) members.set(name, value);
  const time = takeTime(members);
  const names = new Set(members.keys());
  const parts: string[] = [];
  for (const [name, value] of members) {
    let free = name;
    while (taken.has(free) || (free !== name && names.has(free))) free = `"line_${free.slice(1)}`;
    names.add(free);
    parts.push(`${free}:${value}`);
  }
  return { fields: parts.join(','), time };
}

/** Finds the time among members, by their names and values in JSON, and takes it out. */
function takeTime(members: Map<string, string>): string | undefined {
  for (const name of timeNames) {
    const value = members.get(name);
    const found = value === undefined ? undefined : timeOf(value);
    if (found === undefined) continue;
    if (found.exact) members.delete(name);
    return found.time;
  }
  return undefined;
}

function timeOf(value: string): { readonly time: string; readonly exact: boolean } | undefined {
  if (value.charCodeAt(0) !== quote) return fromEpoch(Number(value));
  const text: string = JSON.parse(value);
  const time = rfc3339(text);
  return time === undefined ? undefined : { time, exact: true };
}
