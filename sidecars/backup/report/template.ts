import { Invalid, type Kind } from '#shared/config/kinds.ts';
import { nearest } from '#shared/config/nearest.ts';
import type { Notice } from './notice.ts';

/** A text with places for what is told of a run: `{{message}}`. */
export interface Template {
  readonly text: string;
  /** Whether it is JSON, so that what is put in is escaped as JSON wants it. */
  readonly json: boolean;
  readonly parts: readonly (string | Place)[];
}

/** Where a value goes. */
interface Place {
  readonly name: PlaceName;
  /** Within a string of JSON: the quotes are there already. */
  readonly quoted: boolean;
}

/** What can be named in a template. */
type PlaceName = Exclude<keyof Notice, 'stores'>;

const placeNames = Object.keys({
  outcome: true,
  ok: true,
  title: true,
  message: true,
  name: true,
  host: true,
  id: true,
  kind: true,
  started: true,
  finished: true,
  seconds: true,
  duration: true,
  files: true,
  bytes: true,
  storedBytes: true,
  size: true,
  databases: true,
  drilled: true,
  changed: true,
  unreadable: true,
  warnings: true,
  verified: true,
  reason: true,
} satisfies Record<PlaceName, true>) as PlaceName[];

/** The kind of an option that is a template. */
export const template: Kind<Template> = { name: 'template', parse: parseTemplate, format: ({ text }) => text };

/**
 * Reads a template. One that begins with `{` has to be JSON once its places are filled; `[` may also begin a plain text.
 * @throws Invalid where it names what there is not, or is no JSON.
 */
export function parseTemplate(text: string): Template {
  const pieces = text.split(/\{\{(.*?)\}\}/s);
  const parts: (string | Place)[] = [];
  let quoted = false;
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 1) {
      parts.push({ name: parsePlace(piece.trim()), quoted });
      continue;
    }
    if (piece.includes('{{')) throw new Invalid('has a {{ without its }}');
    quoted = endsQuoted(piece, quoted);
    if (piece !== '') parts.push(piece);
  }
  const begin = /^\s*(\{(?!\{)|\[)/.exec(text)?.[1];
  const problem = begin === undefined ? undefined : whyNoJson(parts);
  if (problem !== undefined && begin === '{')
    throw new Invalid(
      `begins with { and is no JSON once it is filled: ${problem}; mend it, or begin a plain text with another character`,
    );
  return { text, json: begin !== undefined && problem === undefined, parts };
}

/** Fills a template. */
export function fill({ json, parts }: Pick<Template, 'json' | 'parts'>, notice: Notice): string {
  return parts.map((part) => (typeof part === 'string' ? part : written(notice[part.name], json, part.quoted))).join('');
}

function written(value: Notice[PlaceName], json: boolean, quoted: boolean): string {
  if (!json) return String(value);
  return quoted ? JSON.stringify(String(value)).slice(1, -1) : JSON.stringify(value);
}

function parsePlace(name: string): PlaceName {
  const known = placeNames.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const near = nearest(name, placeNames);
  throw new Invalid(
    `names {{${name}}}, which there is not; ${near === undefined ? `there are ${placeNames.join(', ')}` : `did you mean {{${near}}}?`}`,
  );
}

/** Whether a string of JSON is open after a piece. */
function endsQuoted(piece: string, quoted: boolean): boolean {
  const quotes = piece.replaceAll(/\\./gs, '').match(/"/g)?.length ?? 0;
  return quotes % 2 === 0 ? quoted : !quoted;
}

/** Why a template is no JSON; undefined where it is. */
function whyNoJson(parts: Template['parts']): string | undefined {
  try {
    // any value will do, and one in quotes is not told from a number by who reads it
    JSON.parse(parts.map((part) => (typeof part === 'string' ? part : part.quoted ? 'x' : '0')).join(''));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
