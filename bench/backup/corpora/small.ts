import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mulberry32, pick } from '../../random.ts';
import { Content, type Kind } from './content.ts';
import type { Corpus } from './corpus.ts';

const places = ['www', 'users', 'mail', 'projects', 'cache'];
const filesOfFolder = 40;

/** Of a hundred files; what has no other name is noise. */
const shares: readonly (readonly [Kind, extension: string, files: number])[] = [
  ['prose', 'md', 30],
  ['code', 'ts', 20],
  ['json', 'json', 20],
  ['log', 'log', 15],
];

/**
 * Writes small files, as a home or an application has them: from 200 B to 13 KB, and one of two hundred up to 256 KB; 3.8 KB on average.
 * @param seed the same seed and count give the same files.
 */
export function writeSmall(folder: string, files: number, seed: number): Corpus {
  const below = mulberry32(seed);
  const content = new Content(below);
  let [bytes, parent] = [0, folder];
  for (let file = 0; file < files; file += 1) {
    if (file % filesOfFolder === 0) {
      const number = file / filesOfFolder;
      parent = join(folder, pick(below, places), `${Math.floor(number / 25)}`.padStart(2, '0'), `${number}`.padStart(4, '0'));
      mkdirSync(parent, { recursive: true });
    }
    const size = below(200) === 0 ? 2 ** 15 + below(2 ** 18 - 2 ** 15) : Math.floor(200 * 65 ** (below(2 ** 20) / 2 ** 20));
    const [kind, extension] = kindFor(below(100));
    writeFileSync(join(parent, `${kind}-${file}.${extension}`), content.of(kind, size));
    bytes += size;
  }
  return { name: 'small', folder, files, bytes };
}

function kindFor(percent: number): readonly [Kind, extension: string] {
  let left = percent;
  for (const [kind, extension, files] of shares) {
    if (left < files) return [kind, extension];
    left -= files;
  }
  return ['noise', 'jpg'];
}
