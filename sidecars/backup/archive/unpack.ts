import type { ByteSource } from '../bytes.ts';
import type { Header } from './header.ts';
import { safeName } from './safe-name.ts';
import { openSystem, type System } from './system.ts';
import { TarParser } from './tar-parser.ts';
import { type Unpacked, Unpacker } from './unpacker.ts';

export type { Unpacked };

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** Whether an entry is wanted, by its name; all are where it is not given. */
  readonly wants?: (name: Buffer) => boolean | Promise<boolean>;
  /** Called with each entry that is restored, before its content. */
  readonly onEntry?: (header: Header) => void;
  /** What Node has no function for; undefined for doing without. */
  readonly system?: System | undefined;
}

/**
 * Unpacks an archive into a folder. Nothing is written outside of it, whatever the archive says.
 * @throws ArchiveError where the archive is damaged or cut off. @throws UnsafeEntryError where an entry leads out of the folder.
 * @throws RestoreError where an entry cannot be written.
 */
export async function unpack(plain: ByteSource, folder: string, options: UnpackOptions = {}): Promise<Unpacked> {
  const unpacker = new Unpacker(Buffer.from(folder), 'system' in options ? options.system : openSystem());
  const parser = new TarParser();
  try {
    for await (const chunk of plain) {
      parser.push(chunk);
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (event.type === 'content') {
          unpacker.content(event.bytes, event.last);
          continue;
        }
        const { header } = event;
        const name = safeName(header.name);
        const wanted = options.wants?.(name) ?? true;
        if (!(typeof wanted === 'boolean' ? wanted : await wanted)) continue;
        options.onEntry?.(header);
        unpacker.begin(name === header.name ? header : { ...header, name });
      }
    }
    parser.end();
  } finally {
    unpacker.close();
  }
  return unpacker.unpacked;
}
