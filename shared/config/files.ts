import { isDenied, messageOf } from '../exit.ts';

/** The files that settings are read from, and how many of them may not be read. */
export class Files {
  readonly #read: (path: string) => string;
  denied = 0;

  /** @param read reads a file as UTF-8. @throws the system's error. */
  constructor(read: (path: string) => string) {
    this.#read = read;
  }

  /** @throws the system's error. */
  read(path: string): string {
    try {
      return this.#read(path);
    } catch (error) {
      if (isDenied(error)) this.denied += 1;
      throw error;
    }
  }
}

/** What the system says of a file, without the path, which is told already. */
export function reasonOf(error: unknown): string {
  return messageOf(error).replace(/, \w+ '.*'$/s, '');
}
