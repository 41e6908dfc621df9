import type { Drilled, Manifest, SavedDatabase, SavedGlobals, StoredPart } from './manifest.ts';

/** A manifest that is not what it should be; the message says how. */
export class BadManifest extends Error {
  override readonly name = 'BadManifest';
}

/** Writes a manifest as it is stored: JSON for people too. */
export function writeManifest(manifest: Manifest): Uint8Array {
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || typeof value === 'string';
const isTime: Check = (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
const isBoolean: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isDigest: Check = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isList =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.some((word) => word === value);
const isObject =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    wrongField(fields, value) === undefined;

/** The first field that is not as it should be, or undefined. */
function wrongField(fields: Readonly<Record<string, Check>>, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'the whole';
  const given = value as Readonly<Record<string, unknown>>;
  return Object.keys(fields).find((name) => !fields[name]?.(given[name]));
}

const part = isObject({
  file: (value) => typeof value === 'string' && !value.includes('/'),
  plainBytes: isCount,
  plainSha256: isDigest,
  storedBytes: isCount,
  storedSha256: isDigest,
} satisfies Record<keyof StoredPart, Check>);

const isRecord: Check = (value) => typeof value === 'object' && value !== null && Object.values(value).every(isText);

const database = isObject({
  source: isText,
  engine: isOneOf('postgres', 'mysql'),
  database: isText,
  format: isOneOf('custom', 'custom-plain', 'directory', 'sql'),
  dump: part,
  tables: part,
  counts: isObject({ tables: isCount, rows: isCount }),
  checksums: isBoolean,
  bytes: isCount,
  server: isText,
  tool: isText,
  like: isRecord,
  position: (value) => value === null || isRecord(value),
} satisfies Record<keyof SavedDatabase, Check>);

const globals = isObject({ server: isText, engine: isOneOf('postgres', 'mysql'), sql: part } satisfies Record<
  keyof SavedGlobals,
  Check
>);

const drilled = isObject({
  at: isTime,
  seconds: (value) => typeof value === 'number',
  outcome: isOneOf('proven', 'disproved', 'undone'),
  reason: isTextOrNull,
  tables: isCount,
  rows: isCount,
  checksums: isBoolean,
} satisfies Record<keyof Drilled, Check>);

const fields = {
  version: (value) => value === 1,
  id: isText,
  name: isText,
  kind: isOneOf('full', 'differential'),
  parent: isTextOrNull,
  started: isTime,
  finished: isTime,
  scheduled: isTextOrNull,
  host: isText,
  sources: isList(isText),
  archive: part,
  index: part,
  databases: isList(database),
  globals: isList(globals),
  encryption: isOneOf('none', 'recipients', 'passphrase'),
  counts: isObject({
    files: isCount,
    directories: isCount,
    links: isCount,
    others: isCount,
    stored: isCount,
    deleted: isCount,
  } satisfies Record<keyof Manifest['counts'], Check>),
  bytes: isObject({ total: isCount, stored: isCount }),
  changed: isObject({ count: isCount, paths: isList(isText) }),
  unreadable: isObject({ count: isCount, paths: isList(isObject({ path: isText, reason: isText })) }),
  warnings: isList(isText),
  suspicious: isTextOrNull,
  verified: (value) => value === null || isObject({ at: isTime, how: isOneOf('content', 'stored') })(value),
  damaged: isTextOrNull,
  drilled: (value) => value === null || drilled(value),
  tools: isRecord,
} as const satisfies Record<keyof Manifest, Check>;

/** What manifests lack that were written before databases could be saved. */
export const sinceDatabases = { databases: [], globals: [], drilled: null };

/** Reads what {@link writeManifest} wrote. @throws BadManifest where it is none, or of another version. */
export function readManifest(bytes: Uint8Array): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new BadManifest('it is not JSON', { cause: error });
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > 1)
    throw new BadManifest(`it has version ${version}, and this release reads version 1; use a newer sidekick/backup`);
  const manifest: unknown = { ...sinceDatabases, ...(value as object | null) };
  const wrong = wrongField(fields, manifest);
  if (wrong !== undefined) throw new BadManifest(`its field ${wrong} is not as it should be`);
  return manifest as Manifest;
}
