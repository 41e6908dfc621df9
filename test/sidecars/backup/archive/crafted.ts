import { encodeRecords, textRecord } from '../../../../sidecars/backup/archive/pax.ts';
import {
  blockSize,
  encodeHeader,
  encodeRecordsHeader,
  flags,
  type HeaderFields,
} from '../../../../sidecars/backup/archive/tar-header.ts';

/** An entry that somebody made by hand, who need not mean well. */
export interface Crafted extends Partial<Omit<HeaderFields, 'name' | 'target' | 'flag'>> {
  readonly name: string;
  readonly type?: keyof typeof flags;
  readonly target?: string;
  readonly content?: string;
  /** Records before it. */
  readonly records?: Readonly<Record<string, string>>;
}

/** Two blocks of zeros. */
export const end = Buffer.alloc(2 * blockSize);

/** A plain tar of entries that are written as they are, with nothing looked at. */
export function craft(...entries: readonly Crafted[]): Buffer {
  return Buffer.concat([...entries.map(one), end]);
}

function one({ name, type = 'file', target, content = '', records = {}, ...fields }: Crafted): Buffer {
  const header = Buffer.alloc(blockSize);
  encodeHeader(header, 0, {
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    size: content.length,
    seconds: 1_600_000_000,
    major: 0,
    minor: 0,
    ...fields,
    flag: flags[type],
    name: Buffer.from(name),
    target: target === undefined ? undefined : Buffer.from(target),
  });
  const before = encodeRecords(Object.entries(records).map(([key, value]) => textRecord(key, value)));
  const heading = Buffer.alloc(blockSize);
  encodeRecordsHeader(heading, 0, flags.records, before.length);
  return Buffer.concat([...(before.length > 0 ? [heading, padded(before)] : []), header, padded(Buffer.from(content))]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((blockSize - (bytes.length % blockSize)) % blockSize)]);
}
