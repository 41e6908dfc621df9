import { hash } from 'node:crypto';
import type { ObjectPlace } from './sink.ts';

/** A key of S3 has at most 1024 bytes; so many of them are left to the path of a file. */
const longestPath = 600;

/**
 * What an object is called below its folder: `HOST/var/log/app.log/20261127T062500123Z-9f86d081e4/0000000000000000.ndjson.zst`. The third part is a life of
 * the file, from one beginning of it to the next, and the last one the offset of the first byte in that life: by their names, the objects of a life
 * stand in the order of the file. The same place has the same name at each attempt, also after a restart.
 */
export function objectName(host: string, { file, life, start }: ObjectPlace): string {
  const path = file.split('/').filter(Boolean).map(plain).join('/');
  return `${plain(host)}/${shortened(path)}/${life}/${String(start).padStart(16, '0')}.ndjson.zst`;
}

/** Without what keys may not have or what lists of them cannot tell: control characters, and what stands for itself in URLs. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}%\\/?#]/gu, (character) => encodeURIComponent(character))
    .replace(/^\.{1,2}$/, (dots) => dots.replaceAll('.', '%2E'));
}

/** The end of a path that is too long, behind a hash of the whole. */
function shortened(path: string): string {
  const bytes = Buffer.from(path);
  if (bytes.length <= longestPath) return path;
  // a character that was cut in two is left out
  const end = bytes
    .subarray(-longestPath)
    .toString()
    .replace(/^\uFFFD+/, '');
  return `${hash('sha256', path, 'hex').slice(0, 16)}${end.startsWith('/') ? '' : '-'}${end}`;
}
