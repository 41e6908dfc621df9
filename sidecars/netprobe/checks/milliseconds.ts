/** A time for people, as ping(8) writes it: `0.41 ms`, `23.4 ms`, `1503.0 ms`. @param seconds undefined is a dash. */
export function milliseconds(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  const ms = seconds * 1000;
  return `${ms.toFixed(ms < 9.995 ? 2 : 1)} ms`;
}
