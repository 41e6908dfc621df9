import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** One answered request, as it is logged. */
export interface Access {
  readonly client: string;
  readonly time: Date;
  /** As in `GET /products/7 HTTP/1.1`. */
  readonly requestLine: string;
  readonly status: number;
  /** Bytes of the body of the answer. */
  readonly bytes: number;
  readonly referer: string;
  readonly userAgent: string;
  /** Counts the requests from 1 and ends the line, as `$request_id` often does. */
  readonly id: number;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/**
 * Writes one line in nginx's `combined` format with the request's number behind it:
 * `10.0.0.7 - - [21/Nov/2026:09:05:01 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.14" id=1`.
 */
export function formatAccess({ client, time, requestLine, status, bytes, referer, userAgent, id }: Access): string {
  const [date, clock] = time.toISOString().slice(0, 19).split('T');
  const [year, month, day] = (date ?? '').split('-');
  const when = `${day}/${months[Number(month) - 1]}/${year}:${clock} +0000`;
  return `${quoted(client)} - - [${when}] "${quoted(requestLine)}" ${status} ${bytes} "${quoted(referer)}" "${quoted(userAgent)}" id=${id}\n`;
}

/** What a client sent, escaped as nginx escapes its log: a request can neither end a line nor a quotation. */
function quoted(text: string): string {
  if (text === '') return '-';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return text.replace(/[\x00-\x1f\x7f"\\]/g, (char) => `\\x${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** How an access log is rotated. */
export interface Rotation {
  /** A file of that many bytes is renamed to `.1`, and a new one begun. */
  readonly bytes: number;
  /** How many old files stay; the oldest is deleted. */
  readonly keep: number;
}

/** A log file that is rotated by renaming, as logrotate does: `access.log`, `access.log.1`, `access.log.2` … */
export class AccessLog {
  readonly path: string;
  /** How often it was rotated. */
  rotations = 0;
  readonly #rotation: Rotation;
  #fd: number;
  #size: number;

  /** Opens the file, and goes on where it ends. @throws the system's error where it cannot be written. */
  constructor(path: string, rotation: Rotation) {
    this.path = path;
    this.#rotation = rotation;
    this.#fd = openSync(path, 'a');
    this.#size = fstatSync(this.#fd).size;
  }

  /** Appends one line. @throws the system's error, such as ENOSPC. */
  write(line: string): void {
    if (this.#size >= this.#rotation.bytes) this.#rotate();
    this.#size += writeSync(this.#fd, line);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    rmSync(`${this.path}.${this.#rotation.keep}`, { force: true });
    for (let number = this.#rotation.keep; number > 1; number -= 1) {
      renameWhereThere(`${this.path}.${number - 1}`, `${this.path}.${number}`);
    }
    renameSync(this.path, `${this.path}.1`);
    this.#fd = openSync(this.path, 'a');
    this.#size = 0;
    this.rotations += 1;
  }
}

function renameWhereThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
