import { parseDocument } from 'yaml';

/** Whether a text has to fit between the commas and brackets of a flow collection. */
export type Surroundings = 'block' | 'flow';

// begins with a letter, a dot, a slash …: nothing that YAML reads as a sign of its own
const plainShape = /^(?:[\p{L}\p{N}_./$~^(]|-(?=[\p{L}\p{N}_.-]))[\p{L}\p{N}\p{P}\p{S} ]*$/u;
// a number, an address, a time or a date in some reader's eyes: 65532, 0.1, 1_000, 127.0.0.1:80:80, 2026-11-27
const numberLike = /^[-+.]?\d[\d.,:_+-]*$/;
// what a string between double quotes has to escape beyond what JSON does
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * A string as YAML on one line, in quotes only where a reader of YAML 1.1 or of 1.2 would take it for something else without them.
 */
export function scalarText(text: string, surroundings: Surroundings): string {
  if (isPlain(text, surroundings)) return text;
  const json = JSON.stringify(text).replace(unprintable, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
  // a backslash or a double quote is better read between single quotes
  return json.includes('\\') && /^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(text) ? `'${text.replaceAll("'", "''")}'` : json;
}

function isPlain(text: string, surroundings: Surroundings): boolean {
  if (!plainShape.test(text) || text.endsWith(' ') || text.endsWith(':') || numberLike.test(text)) return false;
  if (text.includes(': ') || text.includes(' #') || /^(?:---|\.\.\.)/.test(text)) return false;
  // some readers take a colon for the end of a key here, whatever follows it
  if (surroundings === 'flow' && /[,[\]{}:?]/.test(text)) return false;
  return isString(text, '1.1') && isString(text, '1.2');
}

function isString(text: string, version: '1.1' | '1.2'): boolean {
  const document = parseDocument(text, { version, prettyErrors: false });
  return document.errors.length === 0 && document.toJS() === text;
}
