import { isAscii, isUtf8 } from 'node:buffer';
import type { Instant } from '#shared/linux/file-times.ts';
import type { Xattr } from '#shared/linux/xattr.ts';
import { aclAttributes, aclText } from './acl.ts';
import type { Entry } from './entry.ts';
import { encodeRecords, keys, mostRecordBytes, type PaxRecord, textRecord, timeText, xattrKey } from './pax.ts';
import { blockSize, encodeHeader, encodeRecordsHeader, fits, flags } from './tar-header.ts';

/** What stands before the content of an entry, beside what the entry itself says. */
export interface Extras {
  /** Bytes that follow: the content, or of a sparse file its map and its stretches. */
  readonly stored: number;
  readonly sparse: boolean;
  readonly xattrs: readonly Xattr[];
}

const noContent: Extras = { stored: 0, sparse: false, xattrs: [] };
const slash = Buffer.from('/');
const second = 1_000_000_000n;
/** Times whose seconds have ten digits make records of one length: from 2001 to 2286. */
const tenDigits = { least: 1_000_000_000, most: 9_999_999_999 };

/** SELinux's labels are the host's, and a container's are made for it alone: restored elsewhere they would lock it out. */
const leftOut = 'security.selinux';

/**
 * Writes what stands before the content of entries: a header, and before it one with records for what its fixed fields cannot say.
 * A name that is UTF-8 but not ASCII is in a record, as POSIX has it. One that is not UTF-8 stands in the header as it is, and where it
 * is too long, in a header of GNU's: GNU tar and tar-stream read both byte by byte, which tar-stream does not do with records.
 * ACLs are text with numbers (`SCHILY.acl.access`), for `tar --acls`; other attributes are as `tar --xattrs` has them.
 */
export class Headings {
  #scratch = Buffer.alloc(3 * blockSize);
  readonly #quick = Buffer.alloc(blockSize);

  constructor() {
    this.#quick.write('30 mtime=0000000000.000000000\n', 'latin1');
  }

  /**
   * The blocks of an entry, which are good until the next call.
   * @throws Error where they do not fit: the attributes of a file may have 4 MiB in all.
   */
  of(entry: Entry, extras: Extras = noContent): Buffer {
    const name = entry.type === 'directory' ? Buffer.concat([entry.name, slash]) : entry.name;
    const { seconds, nanoseconds } = instantOf(entry.mtimeNs);
    const plain =
      name.length <= fits.name &&
      isAscii(name) &&
      (entry.target === undefined || (entry.target.length <= fits.target && isAscii(entry.target))) &&
      entry.uid <= fits.id &&
      entry.gid <= fits.id &&
      extras.stored <= fits.long &&
      extras.xattrs.length === 0 &&
      !extras.sparse;
    if (!plain || seconds < tenDigits.least || seconds > tenDigits.most)
      return this.#withRecords(entry, name, { seconds, nanoseconds }, extras);
    if (nanoseconds === 0) {
      writeHeader(this.#scratch, 0, entry, name, seconds, extras.stored);
      return this.#scratch.subarray(0, blockSize);
    }
    // this is the way of nearly all entries: one record of the time, of which only digits differ
    encodeRecordsHeader(this.#scratch, 0, flags.records, 30);
    writeDecimal(this.#quick, 9, 10, seconds);
    writeDecimal(this.#quick, 20, 9, nanoseconds);
    this.#quick.copy(this.#scratch, blockSize);
    writeHeader(this.#scratch, 2 * blockSize, entry, name, seconds, extras.stored);
    return this.#scratch.subarray(0, 3 * blockSize);
  }

  #withRecords(entry: Entry, name: Buffer, time: Instant, extras: Extras): Buffer {
    const { target } = entry;
    const long: { readonly flag: number; readonly text: Buffer }[] = [];
    const records: PaxRecord[] = [];
    if (extras.sparse) {
      const { major, minor, name: real, size } = keys.sparse;
      records.push(textRecord(major, 1), textRecord(minor, 0));
      if (isUtf8(name)) records.push({ key: real, value: name });
      records.push(textRecord(size, entry.size));
    } else if (!fitsAsItIs(name, fits.name) && isUtf8(name)) records.push({ key: keys.path, value: name });
    if (!fitsAsItIs(name, fits.name) && !isUtf8(name)) long.push({ flag: flags.longName, text: name });
    if (target !== undefined && !fitsAsItIs(target, fits.target)) {
      if (isUtf8(target)) records.push({ key: keys.target, value: target });
      else long.push({ flag: flags.longTarget, text: target });
    }
    if (entry.uid > fits.id) records.push(textRecord(keys.uid, entry.uid));
    if (entry.gid > fits.id) records.push(textRecord(keys.gid, entry.gid));
    if (extras.stored > fits.long) records.push(textRecord(keys.size, extras.stored));
    if (time.nanoseconds !== 0 || time.seconds < 0 || time.seconds > fits.long)
      records.push(textRecord(keys.mtime, timeText(time)));
    records.push(...attributeRecords(extras.xattrs));

    const parts = long.map(({ flag, text }) => prefixed(flag, Buffer.concat([text, Buffer.alloc(1)])));
    if (records.length > 0) parts.push(prefixed(flags.records, encodeRecords(records)));
    const header = Buffer.alloc(blockSize);
    const shown = extras.sparse && isUtf8(name) ? condensedName(name) : name;
    writeHeader(header, 0, entry, shown, time.seconds, extras.stored);
    return Buffer.concat([...parts, header]);
  }
}

/** Splits nanoseconds since 1970. */
export function instantOf(nanoseconds: bigint): Instant {
  const rest = Number(nanoseconds % second);
  const seconds = Number(nanoseconds / second);
  return rest < 0 ? { seconds: seconds - 1, nanoseconds: rest + 1_000_000_000 } : { seconds, nanoseconds: rest };
}

function writeHeader(into: Buffer, from: number, entry: Entry, name: Buffer, seconds: number, size: number): void {
  const { mode, uid, gid, target, rdev } = entry;
  const [major, minor] = [rdev?.major ?? 0, rdev?.minor ?? 0];
  encodeHeader(into, from, { flag: flags[entry.type], name, mode, uid, gid, size, seconds, target, major, minor });
}

/** Whether a name needs neither a record nor another header: it is short, and ASCII or nothing that a record could say. */
function fitsAsItIs(text: Buffer, most: number): boolean {
  return text.length <= most && (isAscii(text) || !isUtf8(text));
}

function attributeRecords(xattrs: readonly Xattr[]): PaxRecord[] {
  return xattrs.flatMap(({ name, value }): PaxRecord[] => {
    if (name === leftOut) return [];
    if (name === aclAttributes.access) return [textRecord(keys.acl.access, aclText(value))];
    if (name === aclAttributes.default) return [textRecord(keys.acl.default, aclText(value))];
    return [{ key: xattrKey(name), value }];
  });
}

/** Under this name a tar that knows nothing of sparse files puts what it cannot spread. */
function condensedName(name: Buffer): Buffer {
  const at = name.lastIndexOf(0x2f) + 1;
  return Buffer.concat([name.subarray(0, at), Buffer.from('GNUSparseFile.0/'), name.subarray(at)]);
}

/** A header of its own, and what it heads, filled with zeros to a whole block. */
function prefixed(flag: number, content: Buffer): Buffer {
  if (content.length > mostRecordBytes) throw new Error(`its attributes have ${content.length} bytes, of which 4 MiB fit`);
  const bytes = Buffer.alloc(blockSize * (1 + Math.ceil(content.length / blockSize)));
  encodeRecordsHeader(bytes, 0, flag, content.length);
  content.copy(bytes, blockSize);
  return bytes;
}

function writeDecimal(into: Buffer, from: number, digits: number, value: number): void {
  let left = value;
  for (let place = from + digits - 1; place >= from; place -= 1) {
    const rest = Math.floor(left / 10);
    into[place] = 0x30 + (left - rest * 10);
    left = rest;
  }
}
