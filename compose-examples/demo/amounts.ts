/** So many of something: `1 rotation`, `5 rotations`. */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A whole number for a person: `12,345`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** An amount of bytes in three digits: `312 B`, `4.25 kB`, `1.02 MB`. */
export function bytes(value: number): string {
  let digits = value;
  let unit = 0;
  for (; digits >= 999.5 && unit < 4; unit += 1) digits /= 1000;
  return `${unit === 0 ? Math.round(digits) : digits.toPrecision(3)} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`;
}
