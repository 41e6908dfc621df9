const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:([Zz]| UTC| GMT)|([+-]\d\d)(?::?(\d\d))?)(?![\w:.])/;
const space = 0x20;
const dash = 0x2d;
const point = 0x2e;
const zero = 0x30;
const colon = 0x3a;
const letterT = 0x54;
const letterZ = 0x5a;
/** No time stamp is longer: a date, a time, a fraction of nanoseconds and a zone. */
const longest = 48;
const scratch = Buffer.alloc(4 * longest);

/**
 * A time of ISO 8601 with a zone in the form of RFC 3339: `T` between date and time, a point before the fraction of up to nine digits, `Z` or an offset with
 * a colon. Undefined where the text is no such time, or one that no clock shows.
 */
export function rfc3339(text: string): string | undefined {
  if (text.length > longest) return undefined;
  const usual = usualLength(scratch, 0, scratch.write(text));
  if (usual > 0 && usual === text.length) return text;
  const found = leading(text);
  return found !== undefined && found.length === text.length ? found.time : undefined;
}

/** The time at the start of the line `chunk[from, to)`, as {@link rfc3339} has it; undefined where there is none. */
export function timePrefix(chunk: Buffer, from: number, to: number): string | undefined {
  // most lines are told by four bytes
  if (to - from < 20 || chunk[from + 4] !== dash || chunk[from + 7] !== dash || chunk[from + 13] !== colon) return undefined;
  const length = usualLength(chunk, from, to);
  if (length > 0 && endsBefore(from + length < to ? (chunk[from + length] as number) : space)) {
    return chunk.toString('latin1', from, from + length);
  }
  return leading(chunk.toString('latin1', from, Math.min(to, from + longest)))?.time;
}

/** The time that is `chunk[from, to)`, as {@link rfc3339} has it. */
export function timeIn(chunk: Buffer, from: number, to: number): string | undefined {
  return to - from > longest ? undefined : rfc3339(chunk.toString('latin1', from, to));
}

/** The length of the time of RFC 3339 in UTC at `from`, in its usual form and as a clock shows it; or 0, where it may be one in another form. */
function usualLength(chunk: Buffer, from: number, to: number): number {
  if (to - from < 20 || chunk[from + 4] !== dash || chunk[from + 7] !== dash || chunk[from + 10] !== letterT) return 0;
  if (chunk[from + 13] !== colon || chunk[from + 16] !== colon) return 0;
  const year = 100 * digits(chunk, from) + digits(chunk, from + 2);
  const month = digits(chunk, from + 5);
  const day = digits(chunk, from + 8);
  const hour = digits(chunk, from + 11);
  const minute = digits(chunk, from + 14);
  if (!isShown(year, month, day, hour, minute, digits(chunk, from + 17))) return 0;
  let at = from + 19;
  if (chunk[at] === point) {
    const fraction = at + 1;
    for (at = fraction; at < to && isDigit(chunk[at] as number); at += 1);
    if (at === fraction || at - fraction > 9) return 0;
  }
  return at < to && chunk[at] === letterZ ? at + 1 - from : 0;
}

/** The number that two digits are; no number where they are none. */
function digits(chunk: Buffer, at: number): number {
  const tens = chunk[at] as number;
  const ones = chunk[at + 1] as number;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - zero) + ones - zero : Number.NaN;
}

function isDigit(byte: number): boolean {
  return byte >= zero && byte <= zero + 9;
}

/** Whether a time may end before this byte. */
function endsBefore(byte: number): boolean {
  return byte === space || !/[\w:.]/.test(String.fromCharCode(byte));
}

function leading(text: string): { time: string; length: number } | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, year, month, day, hour, minute, second, fraction, utc, hours, minutes = '00'] = match as unknown as string[];
  if (!isShown(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second))) return undefined;
  if (utc === undefined && (Math.abs(Number(hours)) > 23 || Number(minutes) > 59)) return undefined;
  const zone = utc === undefined ? `${hours}:${minutes}` : 'Z';
  const rest = fraction === undefined ? '' : `.${fraction.slice(0, 9)}`;
  return { time: `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}${zone}`, length: (all as string).length };
}

const daysOfMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a clock ever shows that. It shows no leap second: receivers do not know them. */
function isShown(year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
  const days = month === 2 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0)) ? 28 : (daysOfMonths[month - 1] ?? 0);
  return year >= 0 && day >= 1 && day <= days && hour <= 23 && minute <= 59 && second <= 59;
}

/** Units of numbers that count the time since 1970: below which bound a number is in it, and how many of it are a millisecond. */
const units = [
  { below: 1e11, perMillisecond: 1e-3 },
  { below: 1e14, perMillisecond: 1 },
  { below: 1e17, perMillisecond: 1e3 },
  { below: 1e20, perMillisecond: 1e6 },
];

/**
 * The time that a number of seconds, milliseconds, micro- or nanoseconds since 1970 stands for, from 1973 on; its size tells which of them it is.
 * `exact` says that it has no part below a millisecond, which is lost.
 */
export function fromEpoch(number: number): { readonly time: string; readonly exact: boolean } | undefined {
  const unit = number >= 1e8 ? units.find(({ below }) => number < below) : undefined;
  if (unit === undefined) return undefined;
  const milliseconds = number / unit.perMillisecond;
  const whole = Math.floor(milliseconds + 1e-6);
  return { time: new Date(whole).toISOString(), exact: Math.abs(milliseconds - whole) < 1e-6 };
}
