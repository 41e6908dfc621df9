import { dirname, relative } from 'node:path';
import { compile } from '../discover/pattern.ts';
import type { Format } from '../record/format.ts';

/** How records are written for a person. */
export interface LabelledOptions {
  /** The globs of the files: what all of their folders have in common is left out of the names. */
  readonly files: readonly string[];
  /** Whether it is a terminal: then names have colours, and nothing in a record moves the cursor. */
  readonly terminal: boolean;
  readonly colours: boolean;
}

/** Colours of 16 that can be read on black and on white: https://en.wikipedia.org/wiki/ANSI_escape_code#Colors */
const colours = [36, 33, 32, 35, 34, 31, 96, 93, 92, 95, 94, 91];

/** Records as lines of text, each with the name of its file before it: `web/access.log: GET /`. Each line of a record has it. */
export function labelled({ files, terminal, colours: coloured }: LabelledOptions): Format {
  const base = commonFolder(files.map((glob) => compile(glob).root));
  const names = new Map<string, Buffer>();
  const nameOf = (file: string): Buffer =>
    names.getOrInsertComputed(file, () => {
      const name = shown(base, file);
      const colour = colours[names.size % colours.length];
      return Buffer.from(coloured ? `\u001b[${colour}m${name}\u001b[0m: ` : `${name}: `);
    });
  const write: Format['write'] = ({ file, message }, output, at) => {
    const name = nameOf(file);
    const text = terminal ? harmless(message) : message;
    const need = (linesIn(text) + 1) * (name.length + 1) + text.length;
    if (at + need > output.length) return -need;
    let end = at;
    for (let from = 0; from <= text.length; ) {
      const found = text.indexOf(lf, from);
      const to = found < 0 ? text.length : found;
      output.set(name, end);
      output.set(text.subarray(from, to), end + name.length);
      end += name.length + to - from;
      output[end] = lf;
      end += 1;
      from = to + 1;
    }
    return end - at;
  };
  return { contentType: 'text/plain; charset=utf-8', write };
}

const lf = 0x0a;

/** How many line ends there are. */
function linesIn(text: Uint8Array): number {
  let count = 0;
  for (let at = text.indexOf(lf); at >= 0; at = text.indexOf(lf, at + 1)) count += 1;
  return count;
}

/** A name as it is shown: what is below the base without it. */
function shown(base: string, file: string): string {
  const name = base === '/' ? file : relative(base, file);
  return name === '' || name.startsWith('..') ? file : name;
}

/** The folder that all of these lie in, or are. */
function commonFolder(folders: readonly string[]): string {
  let [common = '/'] = folders;
  for (const folder of folders)
    while (common !== '/' && folder !== common && !folder.startsWith(`${common}/`)) common = dirname(common);
  return common;
}

/** A message without what would do more to a terminal than colour it: other control characters are a `?`. */
function harmless(message: Uint8Array): Uint8Array {
  if (!message.some(isControl)) return message;
  const text = Buffer.from(message);
  for (let at = 0; at < text.length; at += 1) {
    if (!isControl(text[at] ?? 0)) continue;
    const end = text[at] === esc && text[at + 1] === bracket ? endOfColour(text, at + 2) : 0;
    if (end > 0) at = end;
    else text[at] = questionMark;
  }
  return text;
}

function isControl(byte: number): boolean {
  return (byte < 0x20 && byte !== tab && byte !== lf) || byte === 0x7f;
}

/** The index of the `m` that ends a sequence which colours text, of digits and semicolons; 0 where it is another one. */
function endOfColour(text: Uint8Array, from: number): number {
  let at = from;
  while (isParameter(text[at])) at += 1;
  return text[at] === letterM ? at : 0;
}

function isParameter(byte = 0): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x3b;
}

const tab = 0x09;
const esc = 0x1b;
const bracket = 0x5b;
const questionMark = 0x3f;
const letterM = 0x6d;
