import type { Followed } from './followed.ts';

/** Times nearer to each other than this are one, in milliseconds: ten thousand files need no more timers than that. */
const grain = 50;

/** Files that are to be looked at again after a while. */
export class Later {
  readonly #look: (file: Followed) => void;
  readonly #files = new Set<Followed>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends, by the clock of `performance`. */
  #end = 0;

  /** @param look is called for each file that waits, whenever the first of them is due; it adds again what is not. */
  constructor(look: (file: Followed) => void) {
    this.#look = look;
  }

  /** Looks at a file after so many milliseconds, or a little later. */
  add(file: Followed, milliseconds: number): void {
    this.#files.add(file);
    const end = performance.now() + Math.max(grain, milliseconds);
    if (this.#timer !== undefined && this.#end <= end) return;
    clearTimeout(this.#timer);
    this.#end = end;
    this.#timer = setTimeout(() => this.#due(), end - performance.now());
  }

  /** Looks at no file any more. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#files.clear();
  }

  #due(): void {
    const files = [...this.#files];
    this.clear();
    for (const file of files) this.#look(file);
  }
}
