import type { Entry } from './entry.ts';

/**
 * The links to files that changed while they were read. Such a file is stored again, and what unpacks the archive replaces it then: links
 * that came before would stay with what it was first.
 */
export class ChangedLinks {
  /** Names of links, by the name of the file. Each character is one byte. */
  readonly #links = new Map<string, Entry[]>();

  /** Notes a file that has other names, and changed. */
  changed({ name, links }: Entry): void {
    const key = name.toString('latin1');
    if (links > 1 && !this.#links.has(key)) this.#links.set(key, []);
  }

  /** Notes a link, where it is one to a file that changed. */
  linked(link: Entry): void {
    if (this.#links.size === 0 || link.target === undefined) return;
    this.#links.get(link.target.toString('latin1'))?.push(link);
  }

  /** The links to a file that have to be stored again after it. */
  of({ name, links }: Entry): readonly Entry[] {
    return (links > 1 && this.#links.get(name.toString('latin1'))) || [];
  }
}
