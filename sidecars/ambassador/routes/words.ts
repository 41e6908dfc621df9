/**
 * The words of a text of routes: they end at white space and `;`. A `#` at the beginning of a word begins a comment,
 * which ends with its line.
 */
export function wordsOf(text: string): string[] {
  return text
    .replaceAll(/(?<=^|[\s;])#[^\n\r]*/g, '')
    .split(/[\s;]+/)
    .filter((word) => word !== '');
}
