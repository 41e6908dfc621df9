import { decode } from '../parse/text.ts';
import type { RecordSettings } from '../recorders.ts';
import { Redactor } from './redactor.ts';

/** A record that is shipped. */
export interface Judged {
  readonly message: Buffer;
  /** The message as text, where it is a JSON object. */
  readonly text: string | undefined;
  /** Ill-formed UTF-8 sequences that became U+FFFD in it already. */
  readonly repaired: number;
}

/** Which records are shipped, and what of them. */
export interface Filter {
  /**
   * @param text of the message, where it is a JSON object.
   * @param place is the same for the same record whenever it is read; undefined where it was judged before, by a stretch of it that came first.
   * @returns what is shipped; undefined where it is left out.
   */
  readonly judge: (message: Buffer, text: string | undefined, place: string | undefined) => Judged | undefined;
  /** Present where something is to be redacted. */
  readonly redactor: Redactor | undefined;
}

/**
 * The filter that the settings ask for, undefined where all records are shipped as they are. What is left out is told by the message as it was written,
 * before anything is redacted.
 */
export function filterOf({ include, excludeLines, redact, sample }: RecordSettings): Filter | undefined {
  if (include.length === 0 && excludeLines.length === 0 && redact.length === 0 && sample === 1) return undefined;
  const redactor = redact.length === 0 ? undefined : new Redactor(redact);
  const keeps = (text: string, place: string) =>
    (include.length === 0 || include.some((pattern) => pattern.test(text))) &&
    !excludeLines.some((pattern) => pattern.test(text)) &&
    (sample === 1 || lot(place) < sample);
  const judge: Filter['judge'] = (message, text, place) => {
    const decoded = text === undefined ? decode(message) : { text, repaired: 0 };
    if (place !== undefined && !keeps(decoded.text, place)) return undefined;
    const redacted = text === undefined ? redactor?.redact(decoded.text) : redactor?.redactJson(text);
    if (redacted === undefined || redacted === decoded.text) return { message, text, repaired: 0 };
    return { message: Buffer.from(redacted), text: text && redacted, repaired: decoded.repaired };
  };
  return { judge, redactor };
}

/**
 * A number from 0 to below 1 that looks like chance, and is always the same for the same text: so a record that is read again, after a restart or for another
 * destination, meets the same fate. FNV-1a, its bits mixed as in MurmurHash3.
 */
function lot(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
