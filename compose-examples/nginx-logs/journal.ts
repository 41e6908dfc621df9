import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/** A file of lines that outlives the process: what was appended is on the disk. */
export class Journal {
  /** What it held when it was opened. */
  readonly lines: readonly string[];
  readonly #file: number;

  /** Opens it, or makes it. A last line without an end was never acknowledged; it is cut off. */
  constructor(path: string) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    this.lines = whole.split('\n').slice(0, -1);
    this.#file = openSync(path, 'a');
    ftruncateSync(this.#file, Buffer.byteLength(whole));
  }

  /** Adds lines, and returns when the disk has them. */
  append(lines: readonly string[]): void {
    writeSync(this.#file, lines.map((line) => `${line}\n`).join(''));
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }
}
