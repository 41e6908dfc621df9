import type { Link } from '../route/links.ts';

/**
 * What links are called. Docker gives one that it brings its name only once it is there, and another one before it takes it away, each time
 * while it is down: those others are random and tell nobody anything, so a link is called by the name that it had when it was up last.
 */
export class LinkNames {
  readonly #names = new Map<number, string>();
  /** Those that were up. */
  readonly #settled = new Set<number>();

  learn({ index, name, up }: Pick<Link, 'index' | 'name' | 'up'>): void {
    if (up || !this.#settled.has(index)) this.#names.set(index, name);
    if (up) this.#settled.add(index);
  }

  /** The name of a link; `if7` where it is not known. */
  of(index: number): string {
    return this.#names.get(index) ?? `if${index}`;
  }

  /** It is gone: its number may come again. */
  forget(index: number): void {
    this.#names.delete(index);
    this.#settled.delete(index);
  }
}
