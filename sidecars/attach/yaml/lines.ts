/** The offset at which the line of `offset` begins. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** The offset behind the line of `offset`, its line end included. */
export function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}

/** How many characters stand before `offset` on its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** The line that begins at `start`, without its line end. */
export function lineAt(text: string, start: number): string {
  return text.slice(start, lineEnd(text, start)).replace(/\r?\n$/, '');
}

/** The start of the line before the one that begins at `start`, or undefined where it is the first. */
export function lineBefore(text: string, start: number): number | undefined {
  return start === 0 ? undefined : lineStart(text, start - 1);
}

/** Whether nothing but spaces is before `offset` on its line. */
export function beginsLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === '';
}

/** Where the comment of a line stands that is nothing but a comment, else undefined. */
export function commentColumn(line: string): number | undefined {
  const column = line.search(/\S/);
  return column !== -1 && line[column] === '#' ? column : undefined;
}

/**
 * Behind the lines of an entry that ends at `end`, and behind comments below that are indented by at least `column`:
 * they belong to what the entry is in. Blank lines are passed only where such a comment follows them.
 */
export function behindEntry(text: string, end: number, column: number): number {
  let behind = lineEnd(text, end);
  for (let at = behind; at < text.length; at = lineEnd(text, at)) {
    const line = lineAt(text, at);
    if (line.trim() === '') continue;
    if ((commentColumn(line) ?? -1) < column) break;
    behind = lineEnd(text, at);
  }
  return behind;
}
