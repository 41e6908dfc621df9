import type { Instant } from '#shared/linux/file-times.ts';

/** A record of what the fixed fields of a header cannot say (pax, in POSIX.1-2001). */
export interface PaxRecord {
  /** Each character is one byte. */
  readonly key: string;
  readonly value: Buffer;
}

/** More records than this, in bytes, no reader takes. */
export const mostRecordBytes = 4 << 20;

/** The keys that are written and read here. */
export const keys = {
  path: 'path',
  target: 'linkpath',
  size: 'size',
  uid: 'uid',
  gid: 'gid',
  mtime: 'mtime',
  xattr: 'SCHILY.xattr.',
  acl: { access: 'SCHILY.acl.access', default: 'SCHILY.acl.default' },
  sparse: { major: 'GNU.sparse.major', minor: 'GNU.sparse.minor', name: 'GNU.sparse.name', size: 'GNU.sparse.realsize' },
} as const;

/** A record whose value is text. */
export function textRecord(key: string, value: string | number): PaxRecord {
  return { key, value: Buffer.from(String(value), 'latin1') };
}

/** Writes records one after the other, each with its own length in front. */
export function encodeRecords(records: readonly PaxRecord[]): Buffer {
  return Buffer.concat(
    records.flatMap(({ key, value }) => {
      // a space, the equals sign and a newline
      const rest = key.length + value.length + 3;
      let length = rest + String(rest).length;
      if (String(length).length > String(rest).length) length = rest + String(length).length;
      return [Buffer.from(`${length} ${key}=`, 'latin1'), value, Buffer.from('\n')];
    }),
  );
}

/** Reads records. A later one of the same key counts. @throws Error where they are damaged. */
export function decodeRecords(bytes: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    let place = at;
    for (; ; place += 1) {
      const digit = (bytes[place] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    const end = at + length;
    const equals = bytes.indexOf(0x3d, place);
    if (bytes[place] !== 0x20 || equals < 0 || equals >= end || end > bytes.length || bytes[end - 1] !== 0x0a)
      throw new Error('its records are damaged');
    found.set(bytes.toString('latin1', place + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return found;
}

/** A time as a decimal number of seconds. */
export function timeText({ seconds, nanoseconds }: Instant): string {
  if (nanoseconds === 0) return String(seconds);
  // what lies before 1970 is counted back from there
  const negative = seconds < 0;
  const whole = negative ? -seconds - 1 : seconds;
  const fraction = String(negative ? 1_000_000_000 - nanoseconds : nanoseconds).padStart(9, '0');
  return `${negative ? '-' : ''}${whole}.${fraction}`;
}

/** Reads a decimal number of seconds; digits behind the ninth are left out. @throws Error where it is none. */
export function readTime(text: string): Instant {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined) throw new Error(`cannot read the time "${text}"`);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (sign !== '-') return { seconds: Number(whole), nanoseconds };
  if (nanoseconds === 0) return { seconds: 0 - Number(whole), nanoseconds: 0 };
  return { seconds: -Number(whole) - 1, nanoseconds: 1_000_000_000 - nanoseconds };
}

/** The key of an extended attribute; `=` would end the key, so that it is written in hexadecimal, as GNU tar does. */
export function xattrKey(name: string): string {
  return keys.xattr + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

/** The name of the extended attribute that a key is about; undefined for other keys. */
export function xattrName(key: string): string | undefined {
  if (!key.startsWith(keys.xattr)) return undefined;
  return key.slice(keys.xattr.length).replaceAll('%3D', '=').replaceAll('%25', '%');
}
