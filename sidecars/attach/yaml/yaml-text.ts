import { type Document, LineCounter } from 'yaml';
import { Refused } from '../attached.ts';
import type { Place } from '../wish/wish.ts';
import { DocumentText } from './document-text.ts';
import { type Path, parsed, spotAt } from './parsed.ts';
import { linesAt } from './splice.ts';
import { entryLinesOf } from './value-text.ts';
import { commentLines } from './writes.ts';

const byteOrderMark = '\ufeff';

/**
 * A YAML file that is edited as a text: what an edit does not speak of stays as it is, byte for byte.
 *
 * Edits are done one after the other: the path of each is read in what the ones before have left. The number of a document stays its own:
 * it is not taken by another when the document is deleted, and `addDocument` takes the next one.
 *
 * `delete` takes out what `set` or `append` put in so that the text is the same as before, also in a file that was read anew.
 * The one exception: between braces there are no comments by which a null (`{ a: ~ }`) or an alias (`{ a: *b }`) is remembered
 * that had to become a map.
 */
export class YamlText {
  /** The documents as they were parsed; those of an empty file are one, without contents. */
  readonly documents: readonly Document.Parsed[];
  readonly #file: string;
  readonly #head: string;
  readonly #lines = new LineCounter();
  readonly #texts: (DocumentText | undefined)[];

  private constructor(text: string, file: string) {
    this.#file = file;
    this.#head = text.startsWith(byteOrderMark) ? byteOrderMark : '';
    const body = text.slice(this.#head.length);
    this.documents = parsed(body, file, this.#lines);
    const ends = this.documents.map(({ range }) => range[2]);
    this.#texts = this.documents.map((_, index) => {
      const end = index === ends.length - 1 ? body.length : ends[index];
      return new DocumentText(body.slice(ends[index - 1] ?? 0, end), (path, text) => this.#refused(index, path, text));
    });
  }

  /** @throws Refused where it is no YAML, has a key twice, or an alias without an anchor. */
  static parse(text: string, file: string): YamlText {
    return new YamlText(text, file);
  }

  /** The line and column of an offset in a range of `documents`. */
  placeOf(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /**
   * Puts a value at a path: in the place of the one that is there, else as a new entry at the end of the map; maps and lists that are missing
   * on the way are made. A number in a path is the item of a list, the one behind the last adds one.
   * @param comment What stands above a new entry in a block: `added by sidekick/attach: …`; it is by these words that `delete` knows it again.
   */
  set(document: number, path: Path, value: unknown, comment?: string): void {
    this.#textOf(document).set(path, value, comment);
  }

  /** Puts a value at the end of the list at a path, which is made where it is missing. */
  append(document: number, path: Path, value: unknown): void {
    this.#textOf(document).append(path, value);
  }

  /**
   * Takes an entry of a map or an item of a list out, with its lines and the comment that `set` wrote above it.
   * The last one leaves a key without a value behind, or empty brackets.
   * @throws Error where nothing is at the path.
   */
  delete(document: number, path: Path): void {
    this.#textOf(document).delete(path);
  }

  /** Adds a document behind the last one. */
  addDocument(value: Readonly<Record<string, unknown>>, comment?: string): void {
    const last = this.#last();
    const { layout } = last.written;
    const entries = Object.entries(value).flatMap(([key, item]) => entryLinesOf(key, item, layout));
    const before = last.text;
    const { text } = linesAt(before, before.length, ['---', ...commentLines(comment), ...entries], layout.newline);
    // the line end that was missing belongs to the document before
    const missing = before === '' || before.endsWith('\n') ? '' : layout.newline;
    last.text += missing;
    const index = this.#texts.length;
    this.#texts.push(new DocumentText(text.slice(missing.length), (path, text) => this.#refused(index, path, text)));
  }

  /** Takes a document out, with its `---` and the comments above it. */
  deleteDocument(document: number): void {
    const { text } = this.#textOf(document);
    const wasLast = this.#last() === this.#texts[document];
    this.#texts[document] = undefined;
    if (wasLast && text !== '' && !text.endsWith('\n')) this.#last().text = this.#last().text.replace(/\r?\n$/, '');
  }

  /** The text with all edits done. */
  toString(): string {
    return this.#head + this.#texts.map((part) => part?.text ?? '').join('');
  }

  #textOf(document: number): DocumentText {
    const text = this.#texts[document];
    if (!text) throw new Error(`there is no document ${document}`);
    return text;
  }

  #last(): DocumentText {
    return this.#texts.findLast((text) => text !== undefined) ?? new DocumentText('', () => new Error('there is no document'));
  }

  /** The complaint at the place of what the file itself has of a path. */
  #refused(document: number, path: Path, text: string): Refused {
    const original = this.documents[document];
    let start = original?.range[0] ?? 0;
    for (let length = 1; original && length <= path.length; length += 1) {
      start = spotAt(original, path.slice(0, length))?.entry.start ?? start;
    }
    return new Refused(this.#file, [{ place: this.placeOf(start), text }]);
  }
}
