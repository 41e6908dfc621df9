/** How much room there is, in lines and characters. */
export interface Room {
  readonly lines: number;
  readonly columns: number;
}

/** The terminal while something is drawn in it again and again: a screen of its own, without a cursor, and keys one by one. */
export class Terminal<K extends string> {
  readonly #keys: Readonly<Record<string, K>>;
  readonly #pressed: (key: K) => void;

  /** @param keys what each character asks for; those that are not in it are ignored. With raw keys, Ctrl-C is `\u0003`. */
  constructor(keys: Readonly<Record<string, K>>, pressed: (key: K) => void) {
    this.#keys = keys;
    this.#pressed = pressed;
    // the alternate screen, so that what was there comes back, and no cursor
    process.stdout.write('\u001b[?1049h\u001b[?25l');
    process.on('exit', this.#restore);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.on('data', this.#read);
  }

  /** How much room there is; a terminal that was not told its size says 0. */
  get room(): Room {
    return { lines: process.stdout.rows || 24, columns: process.stdout.columns || 80 };
  }

  /** Draws lines over what is there. */
  draw(lines: readonly string[]): void {
    process.stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
  }

  close(): void {
    process.off('exit', this.#restore);
    this.#restore();
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(false);
    process.stdin.off('data', this.#read);
    process.stdin.pause();
  }

  readonly #read = (chunk: Buffer) => {
    for (const character of chunk.toString()) {
      const key = Object.hasOwn(this.#keys, character) ? this.#keys[character] : undefined;
      if (key !== undefined) this.#pressed(key);
    }
  };

  readonly #restore = () => void process.stdout.write('\u001b[?25h\u001b[?1049l');
}

/** The characters that ask every screen to quit: q, Ctrl-C and Ctrl-D. */
export const quitKeys = { q: 'quit', '\u0003': 'quit', '\u0004': 'quit' } as const;
