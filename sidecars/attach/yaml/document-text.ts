import { type Document, isAlias, isMap } from 'yaml';
import { mark } from './block.ts';
import { isEditable } from './entries.ts';
import { layoutOf } from './layout.ts';
import { dataAt, type Path, parsed, spotAt } from './parsed.ts';
import { type Splice, spliced } from './splice.ts';
import { deleting, givingBack, unfolding, type Written, writing } from './writes.ts';

/** The error for a path that cannot be edited as it stands in the file. */
export type Refuse = (path: Path, text: string) => Error;

/** One document as a text, which is read again after each edit. */
export class DocumentText {
  #text: string;
  #written: Written | undefined;
  readonly #refuse: Refuse;

  constructor(text: string, refuse: Refuse) {
    this.#text = text;
    this.#refuse = refuse;
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#written = undefined;
  }

  get written(): Written {
    if (!this.#written) {
      const document = parsed(this.#text, 'the edited text')[0] as Document.Parsed;
      this.#written = { text: this.#text, document, layout: layoutOf(this.#text, document.contents) };
    }
    return this.#written;
  }

  set(path: Path, value: unknown, comment: string | undefined): void {
    if (path.length === 0) throw new Error('a path is needed');
    if (comment !== undefined && !mark.test(comment))
      throw new Error(`a comment has to begin with "… by sidekick/attach": ${comment}`);
    this.#makeReady(path.slice(0, -1));
    const holder = dataAt(this.written.document, path.slice(0, -1));
    const key = path.at(-1);
    if (Array.isArray(holder) && !(typeof key === 'number' && key <= holder.length)) {
      throw this.#refuse(path, `${path.slice(0, -1).join('.')} is a list, which has no ${key}`);
    }
    this.#apply(path, writing(this.written, path, value, comment));
  }

  append(path: Path, value: unknown): void {
    const list = dataAt(this.written.document, path);
    if (list !== undefined && list !== null && !Array.isArray(list))
      throw this.#refuse(path, `${path.join('.')} has to be a list`);
    this.set([...path, list?.length ?? 0], value, undefined);
  }

  delete(path: Path): void {
    const pair = path.findIndex((_, length) => isPair(spotAt(this.written.document, path.slice(0, length))?.entry.value));
    if (pair !== -1) this.#makeReady(path.slice(0, pair));
    const spot = spotAt(this.written.document, path);
    if (!spot) {
      if (dataAt(this.written.document, path) === undefined) throw new Error(`nothing is at ${path.join('.')}`);
      throw this.#refuse(path, `${path.join('.')} comes from an alias and cannot be taken out here`);
    }
    const holder = path.slice(0, -1);
    this.#apply(path, deleting(this.written, holder, spot));
    const left = spotAt(this.written.document, holder);
    if (left) this.#apply(path, givingBack(this.written, left));
  }

  /** Makes what is at a path a collection that can be edited, or a key without a value. */
  #makeReady(path: Path): void {
    for (let length = 1; length <= path.length; length += 1) {
      const prefix = path.slice(0, length);
      const data = dataAt(this.written.document, prefix);
      const spot = spotAt(this.written.document, prefix);
      const value = spot?.entry.value;
      if (spot && data !== null && !isCollection(data))
        throw this.#refuse(prefix, `${prefix.join('.')} is neither a map nor a list`);
      if (isAlias(value) && spot && isCollection(data) && !Array.isArray(data))
        this.#apply(prefix, unfolding(this.written, spot, value.source));
      // what a merge brings, and what has no brackets of its own, is written out before it is changed
      else if (!spot || (data !== null && !isEditable(value)))
        this.#apply(prefix, writing(this.written, prefix, data ?? null, undefined));
    }
  }

  #apply(path: Path, splices: readonly Splice[]): void {
    if (splices.length === 0) return;
    const before = this.#text;
    this.text = spliced(before, splices);
    try {
      this.#written = this.written;
    } catch (error) {
      this.text = before;
      throw this.#refuse(path, `${path.join('.')} cannot be changed here: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** A pair in a list, `[a: b]`, is a map without braces of its own. */
function isPair(node: unknown): boolean {
  return isMap(node) && !isEditable(node);
}

function isCollection(data: unknown): boolean {
  return typeof data === 'object' && data !== null;
}
