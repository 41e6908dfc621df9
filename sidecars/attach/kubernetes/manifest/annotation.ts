import { type Document, isScalar, type Node, parseDocument, Scalar } from 'yaml';
import { readWishes } from '../../wish/read-wishes.ts';
import type { Place, Problem, Wish } from '../../wish/wish.ts';

/** The annotations of attach. */
export const keys = {
  /** What is wished for, as YAML. */
  wish: 'sidekick/attach',
  /** The container that it is wished for, where it is not the first. */
  container: 'sidekick/container',
  /** What was added, written by attach. */
  record: 'sidekick/attached',
} as const;

/** A text in a file. */
export interface Within {
  readonly text: string;
  readonly placeOf: (offset: number) => Place;
}

/** Reads the wishes of an annotation. What is wrong is told at its place in the file. */
export function readAnnotation(node: Node, file: Within, problems: Problem[]): Wish[] {
  const start = file.placeOf(node.range?.[0] ?? 0);
  if (!isScalar(node) || typeof node.value !== 'string') {
    problems.push({ place: start, text: `${keys.wish} is no text, which an annotation has to be; put a | behind its colon` });
    return [];
  }
  const placeOf = placesIn(node as Scalar<string>, file);
  const document: Document.Parsed = parseDocument(node.value, { keepSourceTokens: true, prettyErrors: false });
  for (const { message, pos } of document.errors)
    problems.push({ place: placeOf(pos[0]), text: `${keys.wish} is not YAML: ${message}` });
  if (document.errors.length > 0) return [];
  return readWishes(document.contents, { path: keys.wish, overKey: 'container', placeOf, document }, problems);
}

/** Where in the file an offset in a text below a `|` is; of a text that is written otherwise, where that begins. */
function placesIn(scalar: Scalar<string>, { text, placeOf }: Within): (offset: number) => Place {
  const start = scalar.range?.[0] ?? 0;
  if (scalar.type !== Scalar.BLOCK_LITERAL) return () => placeOf(start);
  const header = placeOf(start).line;
  const lines = text.split('\n').slice(header);
  const last = scalar.value.trimEnd().length;
  return (beyond) => {
    const offset = Math.min(beyond, last);
    const above = scalar.value.slice(0, offset).split('\n');
    const column = above.at(-1)?.length ?? 0;
    const [own = ''] = scalar.value.slice(offset - column).split('\n');
    const indent = (lines[above.length - 1] ?? '').replace(/\r$/, '').length - own.length;
    return { line: header + above.length, column: Math.max(0, indent) + column + 1 };
  };
}
