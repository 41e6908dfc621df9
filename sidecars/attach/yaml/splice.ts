/** A stretch of a text and what takes its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with stretches replaced that do not overlap; what is put at one place stands in the order given. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { start, end, text: put } of splices.toSorted((a, b) => a.start - b.start).reverse()) {
    result = result.slice(0, start) + put + result.slice(end);
  }
  return result;
}

/** Lines that are put at the start of a line or at the end of the text, which goes on without a line end where it had none. */
export function linesAt(text: string, offset: number, lines: readonly string[], newline: string): Splice {
  const open = offset > 0 && text[offset - 1] !== '\n';
  const put = open ? lines.map((line) => newline + line) : lines.map((line) => line + newline);
  return { start: offset, end: offset, text: put.join('') };
}

/** Takes whole lines away, with the line end before them where they have none of their own. */
export function withoutLines(text: string, start: number, end: number): Splice {
  const open = end === text.length && text[end - 1] !== '\n';
  const before = open ? (text.slice(0, start).match(/\r?\n$/)?.[0].length ?? 0) : 0;
  return { start: start - before, end, text: '' };
}
