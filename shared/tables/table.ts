/** How a table is set. */
export interface TableOptions {
  /** Columns, counted from 0, that are aligned to the right: numbers. */
  readonly right?: readonly number[];
}

/**
 * Rows as columns for people, each as wide as its widest cell, with two blanks between and none at a line's end. Rows may be of different lengths.
 * @returns lines that each end with a newline; nothing where there is no row.
 */
export function table(rows: readonly (readonly string[])[], { right = [] }: TableOptions = {}): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, lengthOf(cell));
  let text = '';
  for (const row of rows) {
    let line = '';
    for (const [column, cell] of row.entries()) {
      const blanks = ' '.repeat((widths[column] ?? 0) - lengthOf(cell));
      line += `${column === 0 ? '' : '  '}${right.includes(column) ? blanks + cell : cell + blanks}`;
    }
    text += `${line.trimEnd()}\n`;
  }
  return text;
}

/** Counts characters, not the halves of those beyond the first 65,536. */
function lengthOf(cell: string): number {
  let length = 0;
  for (const _ of cell) length += 1;
  return length;
}

/**
 * A text of somebody else, such as a command line, as it may be shown: what would move the cursor, colour a terminal or break the line is a `?`.
 */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cf}]/gu, '?');
}
