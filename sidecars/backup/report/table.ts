/**
 * Rows as lines of columns that are as wide as their widest cell; nothing is padded after the last.
 * @param numbers the titles, in the first row, of columns whose cells end at one edge.
 */
export function aligned(rows: readonly (readonly string[])[], numbers: readonly string[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(cell.length, most[at] ?? 0)), []);
  const right = rows[0]?.map((title) => numbers.includes(title)) ?? [];
  return rows.map((row) =>
    row
      .map((cell, at) => (right[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
