import type { Extract } from 'tar-stream';
import type { Instant } from '#shared/linux/file-times.ts';
import type { ByteSource } from '../bytes.ts';
import type { EntryType } from './entry.ts';
import { keys, readTime } from './pax.ts';
import { decodeSparseMap, type SparseMap } from './sparse-map.ts';

/** An entry as a library reads it that we did not write. */
export interface Listed {
  readonly name: Buffer;
  readonly type: EntryType;
  /** Of the file when it is restored. */
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Instant;
  /** Of a symlink its text, of a hardlink the name of the entry that has the content; else empty. */
  readonly target: Buffer;
  /** The content with its holes as zeros: to be read to its end, before the next entry is asked for, or not at all. */
  readonly content: () => AsyncIterable<Buffer>;
}

const zeroBytes = Buffer.alloc(64 << 10);

const types: Readonly<Record<string, EntryType>> = {
  file: 'file',
  link: 'hardlink',
  symlink: 'symlink',
  'character-device': 'character',
  'block-device': 'block',
  directory: 'directory',
  fifo: 'fifo',
};

/**
 * Lists an archive by tar-stream: some six times slower than our own parser, and a second opinion on what that one and the packer do.
 * @throws whatever the source or tar-stream fails with.
 */
export async function* list(plain: ByteSource): AsyncGenerator<Listed> {
  const { extract } = await import('tar-stream');
  // names in headers are bytes; those in records come as UTF-8
  const extraction = extract({ filenameEncoding: 'latin1' } as Parameters<typeof extract>[0]);
  const pumped = pump(plain, extraction).catch((error: unknown) => {
    extraction.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const entry of extraction) {
      const { header } = entry;
      const content = entry as AsyncIterable<Buffer>;
      const pax: Readonly<Record<string, string>> = ('pax' in header && (header.pax as Record<string, string> | null)) || {};
      const type = types[header.type ?? ''];
      if (type === undefined) throw new Error(`${header.name} is of the unknown type ${header.type}`);
      const sparse = pax[keys.sparse.major] !== undefined;
      const path = pax[keys.sparse.name] ?? pax[keys.path];
      const [target, mtime] = [pax[keys.target], pax[keys.mtime]];
      const name = path === undefined ? Buffer.from(header.name, 'latin1') : Buffer.from(path);
      const seconds = (header.mtime?.getTime() ?? 0) / 1000;
      yield {
        name: name.at(-1) === 0x2f ? name.subarray(0, -1) : name,
        type,
        size: sparse ? Number(pax[keys.sparse.size]) : (header.size ?? 0),
        mode: header.mode ?? 0,
        uid: Number(pax[keys.uid] ?? header.uid),
        gid: Number(pax[keys.gid] ?? header.gid),
        mtime: mtime === undefined ? { seconds, nanoseconds: 0 } : readTime(mtime),
        target: target === undefined ? Buffer.from(header.linkname ?? '', 'latin1') : Buffer.from(target),
        content: () => (sparse ? spread(content, Number(pax[keys.sparse.size])) : content),
      };
      entry.resume();
    }
  } finally {
    extraction.destroy();
    await pumped;
  }
}

/**
 * Finds one entry; its content has to be read before anything else is done.
 * @param skip how many entries of that name to pass over.
 * @throws whatever the source or tar-stream fails with.
 */
export async function find(plain: ByteSource, name: Buffer, use: (listed: Listed) => Promise<void>, skip = 0): Promise<boolean> {
  let left = skip;
  for await (const listed of list(plain)) {
    if (!listed.name.equals(name)) continue;
    if (left > 0) {
      left -= 1;
      continue;
    }
    await use(listed);
    return true;
  }
  return false;
}

async function pump(plain: ByteSource, extraction: Extract): Promise<void> {
  for await (const chunk of plain) {
    if (extraction.destroyed) return;
    if (!extraction.write(chunk))
      await new Promise<void>((resolve) => {
        extraction.once('drain', resolve);
        extraction.once('close', resolve);
      });
  }
  extraction.end(null);
}

/** Puts the content of a sparse file where its map says. */
async function* spread(content: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let map: SparseMap | undefined;
  let at = 0;
  let stretch = 0;
  for await (const chunk of content) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    if (map === undefined) {
      map = decodeSparseMap(held);
      if (map === undefined) continue;
      held = held.subarray(map.bytes);
    }
    for (let next = map.stretches[stretch]; next !== undefined && held.length > 0; next = map.stretches[stretch]) {
      yield* zeros(next.offset - at);
      at = Math.max(at, next.offset);
      const piece = held.subarray(0, next.offset + next.length - at);
      yield piece;
      at += piece.length;
      held = held.subarray(piece.length);
      if (at === next.offset + next.length) stretch += 1;
    }
  }
  yield* zeros(size - at);
}

function* zeros(length: number): Generator<Buffer> {
  for (let left = length; left > 0; left -= zeroBytes.length) yield zeroBytes.subarray(0, Math.min(left, zeroBytes.length));
}
