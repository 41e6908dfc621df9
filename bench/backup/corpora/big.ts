import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { mulberry32 } from '../../random.ts';
import { Content, type Kind } from './content.ts';
import type { Corpus } from './corpus.ts';

const contents: readonly (readonly [name: string, Kind])[] = [
  ['dump.sql', 'sql'],
  ['access.log', 'log'],
  ['events.ndjson', 'json'],
  ['table.db', 'records'],
];

/** How much of a file is made anew; then it comes again, and differs in every page. */
const block = 2 ** 24;
const page = 4096;

/**
 * Writes four big files: a dump of a database, a log, events, and a table; zstd makes a third of them.
 * What repeats lies too far back for zstd, and no chunk of a deduplicating backup is there twice.
 * @param bytes of all four.
 * @param seed the same seed and size give the same files.
 */
export function writeBig(folder: string, bytes: number, seed: number): Corpus {
  const content = new Content(mulberry32(seed));
  const size = Math.floor(bytes / contents.length);
  for (const [name, kind] of contents) {
    const buffer = content.of(kind, Math.min(block, size));
    const file = openSync(join(folder, name), 'w');
    for (let written = 0; written < size; written += buffer.length) {
      for (let at = 0; at < buffer.length; at += page) buffer.write(`${written + at}`.padStart(11, '0'), at, 'latin1');
      writeSync(file, buffer, 0, Math.min(buffer.length, size - written));
    }
    closeSync(file);
  }
  return { name: 'big', folder, files: contents.length, bytes: size * contents.length };
}
