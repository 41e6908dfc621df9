/** The functions of {@link numbers}. */
export type Numbers = ReturnType<typeof numbers>;

/**
 * How a page writes numbers.
 * It is sent to browsers as its own text: whatever it uses has to be in it, and only types may come from outside.
 */
export function numbers() {
  const digits = (value: number) => (value < 0.095 ? value.toPrecision(1) : value.toFixed(value < 9.95 ? 1 : 0));
  const scaled = (value: number, units: readonly string[]) => {
    let step = 0;
    let rest = value;
    for (; rest >= 999.5 && step < units.length - 1; step += 1) rest /= 1000;
    const exact = step === 0 && Number.isInteger(rest);
    return [exact ? String(rest) : digits(rest), units[step] ?? ''] as const;
  };

  /** `0`, `0.4`, `37`, `12k`, `3.4M`: two places are enough to see what happens. */
  const count = (value: number): string => scaled(value, ['', 'k', 'M', 'G', 'T']).join('');

  /** `0 B`, `512 B`, `1.4 kB`, `2.1 GB`: powers of 1000. */
  const bytes = (value: number): string => scaled(Math.round(value), ['B', 'kB', 'MB', 'GB', 'TB', 'PB']).join(' ');

  /** `0.3 ms`, `45 ms`, `1.2 s`: of a short time in seconds. */
  const brief = (seconds: number): string => (seconds < 0.9995 ? `${digits(seconds * 1000)} ms` : `${digits(seconds)} s`);

  /** `8 s`, `3 min`, `2 h 5 min`, `4 d 1 h`: of a long time in seconds. */
  const long = (seconds: number): string => {
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    const parts = [
      [Math.floor(whole / 86_400), 'd'],
      [Math.floor(whole / 3600) % 24, 'h'],
      [Math.floor(whole / 60) % 60, 'min'],
    ] as const;
    const first = parts.findIndex(([value]) => value > 0);
    const shown = parts.slice(first, first + 2).filter(([value]) => value > 0);
    return shown.map(([value, unit]) => `${value} ${unit}`).join(' ');
  };

  return { count, bytes, brief, long };
}
