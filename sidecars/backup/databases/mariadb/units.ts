import type { ByteSource } from '../../bytes.ts';

/** A part of a dump that a client takes as one: all of them after each other are the dump. */
export interface Unit {
  /** `rows` are a piece of an INSERT; blank lines are comments. */
  readonly kind: 'comment' | 'delimiter' | 'statement' | 'rows';
  readonly bytes: Buffer;
  /** What ends a statement here: `;` or `;;`. */
  readonly delimiter: string;
}

const newline = 0x0a;
const insert = /^(?:INSERT|REPLACE) (?:IGNORE )? *INTO `(?:[^`]|``)*`[^`]/;
/** More than the longest name takes. */
const headBytes = 1024;

/**
 * Divides what mariadb-dump or mysqldump writes as the client does. Rows come in any pieces: in their values a newline is written as `\n`, so
 * that the first `;` at the end of a line ends them. Everything else is read with its quotes and comments: bodies of routines are as
 * somebody has written them, and may look like anything.
 * @throws whatever the source fails with.
 */
export async function* unitsOf(source: ByteSource): AsyncGenerator<Unit> {
  let rest = Buffer.alloc(0);
  const divider = new Divider();
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    for (let unit = divider.next(rest, false); unit !== undefined; unit = divider.next(rest, false)) {
      rest = rest.subarray(unit.bytes.length);
      yield unit;
    }
  }
  for (let unit = divider.next(rest, true); unit !== undefined; unit = divider.next(rest, true)) {
    rest = rest.subarray(unit.bytes.length);
    yield unit;
  }
}

class Divider {
  #delimiter = ';';
  /** Whether a backslash in a text is nothing but itself, and whether " encloses a name. */
  #mode: Mode = { plainBackslash: false, ansiQuotes: false };
  #inRows = false;
  #scan: Scan | undefined;

  /** The next unit at the beginning of what is there; undefined where that is not enough to tell. @param last whether nothing follows */
  next(text: Buffer, last: boolean): Unit | undefined {
    if (text.length === 0) return undefined;
    if (this.#inRows) return this.#rows(text, last);
    if (this.#scan === undefined) {
      const head = text.toString('latin1', 0, headBytes);
      if (head.length < headBytes && !head.includes('\n') && !last) return undefined;
      if (/^(?:\r?\n|#|--[\s-]|--$|\/\*M!999999\\-)/.test(head)) return this.#line('comment', text, last);
      if (/^DELIMITER /.test(head)) return this.#line('delimiter', text, last);
      if (/^(?:INSERT|REPLACE) /.test(head)) {
        if (head.length < headBytes && !insert.test(head) && !last) return undefined;
        const [begins] = insert.exec(head) ?? [];
        if (begins !== undefined) return this.#rows(text, last, begins.length);
      }
      this.#scan = new Scan(this.#delimiter, this.#mode);
    }
    const end = this.#scan.end(text, last);
    if (end === undefined) return undefined;
    this.#scan = undefined;
    const bytes = text.subarray(0, end);
    this.#follow(bytes.toString('latin1'));
    return { kind: 'statement', bytes, delimiter: this.#delimiter };
  }

  #line(kind: 'comment' | 'delimiter', text: Buffer, last: boolean): Unit | undefined {
    const at = text.indexOf(newline);
    if (at < 0 && !last) return undefined;
    const bytes = at < 0 ? text : text.subarray(0, at + 1);
    if (kind === 'delimiter') this.#delimiter = bytes.toString('latin1').slice('DELIMITER '.length).trim();
    return { kind, bytes, delimiter: this.#delimiter };
  }

  /** @param from where the table's name is over, which may have a ; at the end of a line too */
  #rows(text: Buffer, last: boolean, from = 0): Unit | undefined {
    const at = text.indexOf(';\n', from);
    this.#inRows = at < 0;
    if (at >= 0) return { kind: 'rows', bytes: text.subarray(0, at + 2), delimiter: this.#delimiter };
    // the last byte may be the ; of that end
    const bytes = last ? text : text.subarray(0, -1);
    return bytes.length === 0 ? undefined : { kind: 'rows', bytes, delimiter: this.#delimiter };
  }

  /** Bodies are written under the mode that they were made under. */
  #follow(statement: string): void {
    const [, mode] = /^(?:\/\*!\d+ )?SET (?:@OLD_SQL_MODE=@@SQL_MODE, )?sql_mode\s*=\s*('[^']*'|@\w+)/i.exec(statement) ?? [];
    if (mode === undefined) return;
    this.#mode = { plainBackslash: mode.includes('NO_BACKSLASH_ESCAPES'), ansiQuotes: mode.includes('ANSI_QUOTES') };
  }
}

const codes = { "'": 0x27, '"': 0x22, '`': 0x60, '\\': 0x5c, '/': 0x2f, '*': 0x2a, '-': 0x2d, '#': 0x23, '!': 0x21, M: 0x4d };

interface Mode {
  readonly plainBackslash: boolean;
  readonly ansiQuotes: boolean;
}

/** Looks for the end of a statement, piece by piece. */
class Scan {
  readonly #delimiter: Buffer;
  readonly #mode: Mode;
  #at = 0;
  #in: 'code' | 'quotes' | 'comment' | 'line' | 'after' = 'code';
  #quote = 0;

  constructor(delimiter: string, mode: Mode) {
    this.#delimiter = Buffer.from(delimiter);
    this.#mode = mode;
  }

  /** Where the statement ends, with its delimiter and the rest of the line; undefined where that is not here yet. */
  end(text: Buffer, last: boolean): number | undefined {
    // what is told by the bytes behind it waits for them
    const reach = last ? text.length : text.length - 3;
    while (this.#in !== 'after' && this.#at < reach) this.#at += this.#step(text, text[this.#at] ?? 0);
    const at = this.#in === 'after' ? text.indexOf(newline, this.#at) : -1;
    if (at >= 0) return at + 1;
    return last ? text.length : undefined;
  }

  /** How many bytes to go on by. */
  #step(text: Buffer, byte: number): number {
    const next = text[this.#at + 1];
    switch (this.#in) {
      case 'quotes':
        if (byte === codes['\\'] && this.#escapes) return 2;
        if (byte === this.#quote) this.#in = 'code';
        return 1;
      case 'comment':
        if (byte !== codes['*'] || next !== codes['/']) return 1;
        this.#in = 'code';
        return 2;
      case 'line':
        if (byte === newline) this.#in = 'code';
        return 1;
      default:
        return this.#code(text, byte, next);
    }
  }

  get #escapes(): boolean {
    if (this.#quote === codes['`'] || this.#mode.plainBackslash) return false;
    return !(this.#quote === codes['"'] && this.#mode.ansiQuotes);
  }

  #code(text: Buffer, byte: number, next: number | undefined): number {
    if (byte === codes["'"] || byte === codes['"'] || byte === codes['`']) {
      this.#in = 'quotes';
      this.#quote = byte;
      return 1;
    }
    if (byte === codes['/'] && next === codes['*']) {
      // what the server runs, though it looks like a comment
      const third = text[this.#at + 2];
      const runs = third === codes['!'] || (third === codes.M && text[this.#at + 3] === codes['!']);
      if (!runs) this.#in = 'comment';
      return 2;
    }
    if (byte === codes['#'] || (byte === codes['-'] && next === codes['-'] && isSpace(text[this.#at + 2]))) {
      this.#in = 'line';
      return 1;
    }
    if (byte === this.#delimiter[0] && text.subarray(this.#at, this.#at + this.#delimiter.length).equals(this.#delimiter)) {
      this.#in = 'after';
      return this.#delimiter.length;
    }
    return 1;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === undefined || byte <= 0x20;
}
