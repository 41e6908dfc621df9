import type { Line, Parse } from './line.ts';
import { plain } from './plain.ts';
import { decode } from './text.ts';
import { rfc3339 } from './time.ts';

const brace = 0x7b;

/**
 * A line of Docker's json-file logging driver: `{"log":"…\n","stream":"stdout","attrs":{…},"time":"…"}`. Docker cuts what is longer than 16 KiB; a `log`
 * that does not end with a line end goes on in the next line of its stream.
 * https://docs.docker.com/engine/logging/drivers/json-file/
 */
export const docker: Parse = (chunk, from, to) => readDocker(chunk, from, to) ?? plain(chunk, from, to);

/** The line, or undefined where it is none of Docker's. */
export function readDocker(chunk: Buffer, from: number, to: number): Line | undefined {
  if (chunk[from] !== brace) return undefined;
  const { text, repaired } = decode(chunk.subarray(from, to));
  const value = parsed(text);
  if (value === undefined || typeof value.log !== 'string') return undefined;
  const { log, stream, attrs, time } = value;
  const partial = !log.endsWith('\n');
  const end = partial ? log.length : log.length - (log.endsWith('\r\n') ? 2 : 1);
  return {
    // a lone surrogate becomes U+FFFD here
    message: Buffer.from(log.slice(0, end)),
    stream: stream === 'stdout' || stream === 'stderr' ? stream : undefined,
    time: typeof time === 'string' ? rfc3339(time) : undefined,
    partial,
    attrs: typeof attrs === 'object' && attrs !== null ? JSON.stringify(attrs) : undefined,
    repaired,
  };
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
