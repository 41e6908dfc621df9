/** The rows as text in columns: the first one to the left, numbers to the right. A row may be shorter than the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[title, ...rows.map((row) => row[column] ?? '')].map(({ length }) => length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** A number of so many digits behind the point; `-` where it is not known. */
export function digits(value: number | undefined, count: number): string {
  return value === undefined || !Number.isFinite(value) ? '-' : value.toFixed(count);
}

/** Bytes as MiB with one digit. */
export function mebibytes(bytes: number | undefined): string {
  return digits(bytes === undefined ? undefined : bytes / 2 ** 20, 1);
}

/** How many times as much as the other. */
export function times(value: number, other: number): string {
  return `${digits(value / other, 1)}×`;
}

/** The value in the middle. @throws RangeError where there are none. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value that a share of all values does not exceed, by the nearest rank. @throws RangeError where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const value = values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)];
  if (value === undefined) throw new RangeError('there are no values');
  return value;
}
