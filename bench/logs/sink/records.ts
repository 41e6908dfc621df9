import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** A body that was kept, and how it was sent. */
export interface Body {
  /** The fields before it. */
  readonly head: string;
  readonly parts: readonly Buffer[];
}

const lineEnd = 10;
/**
 * How an entry of Loki's JSON begins: a pair of a time, which begins with 1 up to the year 2033, and a line. Inside of a string the quotation mark would
 * have a backslash before it.
 */
const entry = Buffer.from('["1');

/** How many lines end in these bytes. */
export function lineEnds(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) count += 1;
  return count;
}

/** How many records a body has. @throws Error where it is not what its head says. */
export function recordsIn({ head, parts }: Body): number {
  const bytes = decoded(head, Buffer.concat(parts));
  if (!/^content-type: *application\/json/im.test(head)) return lineEnds(bytes);
  let count = 0;
  for (let at = bytes.indexOf(entry); at >= 0; at = bytes.indexOf(entry, at + entry.length)) count += 1;
  return count;
}

function decoded(head: string, bytes: Buffer): Buffer {
  const encoding = /^content-encoding: *(\w+)/im.exec(head)?.[1];
  if (encoding === 'gzip') return gunzipSync(bytes);
  return encoding === 'zstd' ? zstdDecompressSync(bytes) : bytes;
}
