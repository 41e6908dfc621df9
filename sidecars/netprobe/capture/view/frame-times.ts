/** The farthest second that a Date can be. */
const lastSecond = 8.64e12;

/** The second that was written last, in each form: packets come by the thousand in one. */
let clockSecond = Number.NaN;
let clock = '';
let dateSecond = Number.NaN;
let date = '';

/** When a frame was seen: `12:34:56.789012`, in the time zone of TZ. */
export function clockText(seconds: number, nanoseconds: number): string {
  if (seconds !== clockSecond) {
    clockSecond = seconds;
    const at = new Date(seconds * 1000);
    clock = inRange(seconds) ? `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` : `second ${seconds}`;
  }
  return `${clock}.${String(1_000_000 + Math.floor(nanoseconds / 1000)).slice(1)}`;
}

/** When a frame was seen, as RFC 3339 has it: `2026-11-27T12:34:56.789012345Z`. */
export function dateText(seconds: number, nanoseconds: number): string {
  if (seconds !== dateSecond) {
    dateSecond = seconds;
    date = inRange(seconds) ? new Date(seconds * 1000).toISOString().slice(0, -5) : `second ${seconds}`;
  }
  return `${date}.${String(1_000_000_000 + nanoseconds).slice(1)}Z`;
}

/** Whether a date can be told: a broken file may say anything. */
function inRange(seconds: number): boolean {
  return seconds >= -lastSecond && seconds <= lastSecond;
}

/** With two digits at least: `07`. */
export function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
