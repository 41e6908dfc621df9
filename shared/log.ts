import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { styleText } from 'node:util';
import { pino } from 'pino';

/** The log of a sidecar: pino's own interface. */
export type Log = pino.Logger;

/** How a sidecar logs. */
export interface LogOptions {
  /** The sidecar: `logs`. */
  readonly name: string;
  /** The least level that is written: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
  /** 1 for standard output, 2 for standard error where standard output is the result. */
  readonly fd: 1 | 2;
  /** Lines for people instead of JSON. Where this is not given: whether `fd` is a terminal. */
  readonly pretty?: boolean;
}

/**
 * The one place where pino is set up. Each entry is one line of JSON,
 * `{"level":"info","time":"2026-01-02T03:04:05.678Z","name":"logs",…,"msg":"…"}`, or one line for people;
 * it is written before the call returns, so nothing is lost at exit. No trouble of the reader ends the process.
 */
export function createLog({ name, level, fd, pretty = isatty(fd) }: LogOptions): Log {
  const output = new LogOutput(fd);
  const color = pretty && isatty(fd) && (fd === 1 ? process.stdout : process.stderr).hasColors();
  const format = pretty ? (line: string) => prettyLine(line, color) : (line: string) => line;
  const log = pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line: string) => {
        const dropped = output.write(format(line));
        if (dropped > 0) log.warn({ dropped }, 'log entries were dropped: nothing read the log');
      },
    },
  );
  return log;
}

/** How long one entry waits for a reader of a full pipe, in ms, before entries are dropped. */
const PATIENCE = 1000;

/**
 * Writes whole lines to a file descriptor, at once.
 * A full non-blocking pipe (EAGAIN) is waited for, but not for ever: a reader that is stuck must not stop the work.
 * A line that cannot be written, for this or for any other reason such as EPIPE of a reader that went away, is dropped and counted:
 * there is nowhere else to tell of it.
 */
class LogOutput {
  readonly #fd: number;
  /** The end of a line of which the beginning is written already: it goes first, so that no line is torn. */
  #rest: Uint8Array = new Uint8Array();
  #dropped = 0;
  #patient = true;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @returns how many lines had to be dropped before this one, once one is written again. */
  write(line: string): number {
    if (!this.#flush() || !this.#begin(Buffer.from(line))) {
      this.#dropped += 1;
      return 0;
    }
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Whether the line was written, at least its beginning. */
  #begin(line: Uint8Array): boolean {
    this.#rest = line;
    if (this.#flush() || this.#rest.length < line.length) return true;
    this.#rest = new Uint8Array();
    return false;
  }

  /** Whether the rest was written, all of it. */
  #flush(): boolean {
    let patience = this.#patient ? PATIENCE : 0;
    while (this.#rest.length > 0) {
      try {
        this.#rest = this.#rest.subarray(writeSync(this.#fd, this.#rest));
        this.#patient = true;
      } catch (error) {
        this.#patient = patience > 0 && error instanceof Error && 'code' in error && error.code === 'EAGAIN';
        if (!this.#patient) return false;
        Atomics.wait(pause, 0, 0, PAUSE);
        patience -= PAUSE;
      }
    }
    return true;
  }
}

/** How often a full pipe is tried again, in ms. */
const PAUSE = 5;

const pause = new Int32Array(new SharedArrayBuffer(4));

const levelColors = { trace: 'gray', debug: 'gray', info: 'green', warn: 'yellow', error: 'red', fatal: 'magenta' } as const;

/** One entry for people: `03:04:05.678 WARN  sink down reason="connection refused"`, an error's stack below. Local time. */
export function prettyLine(json: string, color: boolean): string {
  const { level, time, name: _, msg = '', err, ...rest } = JSON.parse(json) as Record<string, unknown>;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const fields = Object.entries(rest).map(([key, value]) => ` ${paint('gray', `${key}=`)}${prettyValue(value)}`);
  const style = Object.entries(levelColors).find(([known]) => known === level)?.[1] ?? 'white';
  const head = `${paint('gray', clock(String(time)))} ${paint(style, String(level).toUpperCase().padEnd(5))} ${msg}${fields.join('')}\n`;
  return err === undefined ? head : `${head}${prettyError(err).replaceAll(/^/gm, '    ')}\n`;
}

function prettyValue(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function prettyError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error === 'object' && error !== null && 'stack' in error && typeof error.stack === 'string') return error.stack;
  return JSON.stringify(error);
}

function clock(time: string): string {
  const at = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
