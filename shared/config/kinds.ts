import { isAbsolute } from 'node:path';

/** What a text has to be to become a value, and how the value is written again. */
export interface Kind<T> {
  /** One or two words for `--help` and the reference: `duration`, `list of globs`. */
  readonly name: string;
  /** Turns a text into the value. @throws Invalid saying what is wrong with the text and what would be right. */
  readonly parse: (text: string) => T;
  /** Writes a value as a text that `parse` reads to the same value. */
  readonly format: (value: T) => string;
  /** True where the value must never be shown. Such an option has no flag: a command line is seen by everybody. */
  readonly secret?: true;
  /** True where the flag stands alone: `--once`. */
  readonly switch?: true;
  /** Present where the option may be given several times: joins the texts of all of them into one. */
  readonly join?: (texts: readonly string[]) => string;
}

/** A text that its kind refuses. The message never repeats the text, which may be secret; only parts do, of what no secret may be in. */
export class Invalid extends Error {
  override readonly name = 'Invalid';
  /** Where the text has parts of its own: a problem for each, which names the part. */
  readonly parts: readonly string[];

  constructor(message: string | readonly [string, ...string[]]) {
    super(typeof message === 'string' ? message : message.join('\n'));
    this.parts = typeof message === 'string' ? [] : message;
  }
}

/** The least and the greatest value allowed, in the kind's own unit. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest time that a timer of Node can wait, a little less than 25 days; a longer one would be over at once. In milliseconds. */
export const longestTimer = 24 * 86_400_000;

/** A span of time with its unit, `200ms`, `3s`, `1h30m`; the value is in milliseconds. */
export function duration(range: Range = {}): Kind<number> {
  const format = (value: number) => {
    const unit = Object.entries(durationUnits).findLast(([, size]) => value % size === 0) ?? ['ms', 1];
    return value === 0 ? '0s' : `${value / unit[1]}${unit[0]}`;
  };
  const parse = (text: string) => {
    if (/^\d+(\.\d+)?$/.test(text) && Number(text) !== 0) throw new Invalid('needs a unit, such as 200ms, 3s, 5m or 1h');
    if (!/^(0|(\d+(\.\d+)?(ms|s|m|h|d))+)$/.test(text)) throw new Invalid('is not a duration, such as 200ms, 3s, 5m or 1h30m');
    let total = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
      total += Number(amount) * (durationUnits[unit ?? ''] ?? 0);
    return within(Math.round(total), range, format);
  };
  return { name: 'duration', parse, format };
}

const byteUnits: Readonly<Record<string, number>> = {
  B: 1,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** An amount of data with its unit, `64Ki` (1024s), `10M` (1000s), `512B`; the value is in bytes. */
export function bytes(range: Range = {}): Kind<number> {
  const format = (value: number) => {
    const unit = ['Ti', 'Gi', 'Mi', 'Ki', 'G', 'M', 'k'].find((name) => value % (byteUnits[name] ?? 1) === 0) ?? 'B';
    return value === 0 ? '0B' : `${value / (byteUnits[unit] ?? 1)}${unit}`;
  };
  const parse = (text: string) => {
    if (text === '0') return within(0, range, format);
    if (/^\d+$/.test(text)) throw new Invalid('needs a unit, such as 512B, 64Ki or 10M');
    const match = /^(\d+(?:\.\d+)?)\s*(k|K|Ki|M|Mi|G|Gi|T|Ti)?B?$/.exec(text);
    if (!match) throw new Invalid('is not a size, such as 512B, 64Ki or 10M');
    return within(Math.round(Number(match[1]) * (byteUnits[match[2] ?? 'B'] ?? 1)), range, format);
  };
  return { name: 'size', parse, format };
}

/** A whole number. */
export function integer(range: Range = {}): Kind<number> {
  const parse = (text: string) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Invalid('is not a whole number');
    return within(value, range, String);
  };
  return { name: 'number', parse, format: String };
}

function within(value: number, { min, max }: Range, format: (value: number) => string): number {
  if (min !== undefined && value < min) throw new Invalid(`is too small: the least is ${format(min)}`);
  if (max !== undefined && value > max) throw new Invalid(`is too large: the most is ${format(max)}`);
  return value;
}

/** A share of something, `10%` or `0.1`; the value is from 0 to 1. */
export const share: Kind<number> = {
  name: 'share',
  parse: (text) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
    if (digits === undefined) throw new Invalid('is no share, such as 10% or 0.1');
    const value = Number(digits) / (percent === '%' ? 100 : 1);
    if (value > 1) throw new Invalid(`is too large: the most is 100%; write ${Number(digits)}% for a hundredth of that`);
    return value;
  },
  format: (value) => `${Number((value * 100).toFixed(6))}%`,
};

/** `true` or `false`, also written `yes`, `on`, `1` and `no`, `off`, `0`; as a flag it stands alone. */
export const boolean: Kind<boolean> = {
  name: 'true or false',
  switch: true,
  parse: (text) => {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    if (/^(false|no|off|0)$/i.test(text)) return false;
    throw new Invalid('is neither true nor false');
  },
  format: String,
};

/** One of some words. */
export function choice<const T extends string>(...words: readonly T[]): Kind<T> {
  const parse = (text: string) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Invalid(`is none of ${words.join(', ')}`);
    return word;
  };
  return { name: words.join(' | '), parse, format: String };
}

/** Any text that is not empty. */
export const text: Kind<string> = { name: 'text', parse: String, format: String };

/** An absolute path of a file or a folder; that it exists is not asked here. */
export const path: Kind<string> = {
  name: 'path',
  parse: (value) => {
    if (value.includes('\0')) throw new Invalid('is not a path: it holds a NUL character');
    if (!isAbsolute(value)) throw new Invalid('is not an absolute path: it has to begin with /');
    return value;
  },
  format: String,
};

/** A URL with one of the schemes, written without the colon. Credentials in it are refused: they belong in secrets. */
export function url(...schemes: readonly string[]): Kind<URL> {
  const known = schemes.map((scheme) => `${scheme}:`).join(', ');
  const parse = (value: string) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (parsed === undefined) throw new Invalid(`is not a URL; it has to begin with one of ${known}`);
    if (!schemes.includes(parsed.protocol.slice(0, -1))) throw new Invalid(`has an unknown scheme; known are ${known}`);
    if (parsed.username || parsed.password)
      throw new Invalid('holds a user or a password; give them by the options made for secrets');
    return parsed;
  };
  return { name: 'URL', parse, format: (value) => value.href };
}

/** A value that is never shown and has no flag; its text is read by the inner kind. */
export function secret<T>(inner: Kind<T>): Kind<T> {
  return { ...inner, name: inner === (text as Kind<unknown>) ? 'secret' : `secret ${inner.name}`, secret: true };
}

/** The inner kind, or the word `off`, which gives undefined. */
export function orOff<T>(inner: Kind<T>): Kind<T | undefined> {
  return {
    ...inner,
    name: `${inner.name} or off`,
    parse: (value) => (value === 'off' ? undefined : inner.parse(value)),
    format: (value) => (value === undefined ? 'off' : inner.format(value)),
  };
}
