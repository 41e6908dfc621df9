const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** An amount of data for people, in three or four digits: `512 B`, `1.50 MiB`, `37.2 GiB`. */
export function amountOfBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // from 1023.5 on it would be shown as 1024
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(value) : digits(value)} ${units[unit]}`;
}

function digits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  return value.toFixed(value < 99.95 ? 1 : 0);
}

/** A span of time for people, in its two largest units: `850 ms`, `42 s`, `5 min 3 s`, `2 h 10 min`, `3 d 4 h`. */
export function amountOfTime(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  return minutes < 1440 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h');
}

function pair(value: number, size: number, large: string, small: string): string {
  const rest = value % size;
  return `${Math.floor(value / size)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}
