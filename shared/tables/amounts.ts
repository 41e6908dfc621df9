/** How people read amounts in a narrow column. */

/** `0`, `999`, `1.2k`, `34M`: powers of 1000, two places. */
export function short(value: number): string {
  let rest = value;
  let step = 0;
  for (; rest >= 999.5 && step < units.length - 1; step += 1) rest /= 1000;
  const text = step === 0 ? String(Math.round(rest)) : rest < 9.95 ? rest.toFixed(1) : rest.toFixed(0);
  return `${text}${units[step]}`;
}

const units = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** Microseconds in milliseconds, as ping(8) writes them: `0.04`, `1.3`, `120`. */
export function milliseconds(microseconds: number): string {
  const value = microseconds / 1000;
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}
