import { dirname } from 'node:path';
import type { Followed } from './followed.ts';

/** The followed files by the names under which they were last seen. */
export class Paths {
  readonly #files: ReadonlyMap<string, Followed>;
  /** Which file stands under each name that matches, as the last scan saw it. */
  #names: ReadonlyMap<string, string> = new Map();
  /** Those that are open without a name that matches: few. */
  #aside: Followed[] = [];
  /** Whether these are up to date: with ten thousand files they are not looked for at each scan for nothing. */
  #arranged = false;

  /** @param files all of them, by identity. */
  constructor(files: ReadonlyMap<string, Followed>) {
    this.#files = files;
  }

  /** Says that files have come, gone, or changed their standing. */
  changed(): void {
    this.#arranged = false;
  }

  /** Takes in which names there are, and what has changed. */
  arrange(names: ReadonlyMap<string, string>): void {
    this.#names = names;
    if (this.#arranged) return;
    this.#aside = [];
    for (const file of this.#files.values()) if (file.standing !== 'named' && file.fd !== undefined) this.#aside.push(file);
    this.#arranged = true;
  }

  /** The file of that name. */
  get(path: string): Followed | undefined {
    const id = this.#names.get(path);
    const named = id === undefined ? undefined : this.#files.get(id);
    return named ?? this.#aside.find((file) => file.path === path);
  }

  /** The files that a change at `path` may be about: the one of that name, or else those in its folder that were rotated or deleted. */
  at(path: string): Followed[] {
    const named = this.get(path);
    if (named !== undefined) return [named];
    return this.#aside.filter((file) => dirname(file.path) === dirname(path));
  }
}
