import { LineCounter, parseDocument } from 'yaml';
import { readWishes } from '../../../../sidecars/attach/wish/read-wishes.ts';
import type { Where } from '../../../../sidecars/attach/wish/where.ts';
import type { Problem, Wish } from '../../../../sidecars/attach/wish/wish.ts';

/** What is read from a file that has wishes under its key `x-sidekick`. */
export interface Reading {
  readonly wishes: readonly Wish[];
  readonly problems: readonly Problem[];
  /** The problems as they are told, with their places: `3:9: logs.to has no value`. */
  readonly told: readonly string[];
}

/** Reads the wishes of a file; the path of `x-sidekick` is left out of what is told. @throws Error where it is no YAML. */
export function readFile(text: string, overKey: Where['overKey'] = 'service'): Reading {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  if (document.errors[0] !== undefined) throw document.errors[0];
  const placeOf = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const problems: Problem[] = [];
  const wishes = readWishes(document.get('x-sidekick', true), { path: 'x', overKey, placeOf, document }, problems);
  const told = problems.map(({ place, text: sentence }) => `${place.line}:${place.column}: ${sentence.replace(/^x\.?/, '')}`);
  return { wishes, problems, told };
}

/** Reads the wishes in the lines of a mapping, of which the first is line 2 of the file, and each begins in column 3. */
export function readLines(lines: readonly string[], overKey?: Where['overKey']): Reading {
  return readFile(['x-sidekick:', ...lines.map((line) => `  ${line}`), ''].join('\n'), overKey);
}
