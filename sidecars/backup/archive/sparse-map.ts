import type { Stretch } from '#shared/linux/holes.ts';

const block = 512;
/** More stretches than any file has that was packed here; a map beyond it is damaged. */
const most = 1 << 20;

/**
 * The map of a sparse file as it stands before its content, in GNU's format 1.0: how many stretches there are, and of each its offset
 * and length, one decimal number a line, filled with zeros to a whole block. A file that ends with a hole has an empty stretch at its end.
 */
export function encodeSparseMap(stretches: readonly Stretch[], size: number): Buffer {
  const last = stretches.at(-1);
  const ended = last !== undefined && last.offset + last.length === size;
  const all = ended ? stretches : [...stretches, { offset: size, length: 0 }];
  const text = [all.length, ...all.flatMap(({ offset, length }) => [offset, length])].join('\n');
  const bytes = Buffer.alloc(Math.ceil((text.length + 1) / block) * block);
  bytes.write(`${text}\n`, 'latin1');
  return bytes;
}

/** A map that was read. */
export interface SparseMap {
  readonly stretches: readonly Stretch[];
  /** How many bytes it takes of the content. */
  readonly bytes: number;
  /** Where its last stretch ends. */
  readonly end: number;
}

/**
 * Reads a map from the start of a sparse file's content.
 * @returns undefined where it goes on behind the bytes that are there.
 * @throws Error where it is none.
 */
export function decodeSparseMap(bytes: Buffer): SparseMap | undefined {
  let at = 0;
  const next = (): number | undefined => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) {
      if (bytes.length - at > 20) throw new Error('the map of a sparse file has no number where one should be');
      return undefined;
    }
    const text = bytes.toString('latin1', at, end);
    if (!/^\d{1,16}$/.test(text)) throw new Error('the map of a sparse file has no number where one should be');
    at = end + 1;
    return Number(text);
  };
  const count = next();
  if (count === undefined) return undefined;
  if (count > most) throw new Error(`the map of a sparse file has ${count} stretches`);
  const stretches: Stretch[] = [];
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    const offset = next();
    const length = offset === undefined ? undefined : next();
    if (offset === undefined || length === undefined) return undefined;
    if (offset < end) throw new Error('the map of a sparse file is not in order');
    end = offset + length;
    stretches.push({ offset, length });
  }
  return { stretches, bytes: Math.ceil(at / block) * block, end };
}
