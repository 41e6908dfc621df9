import { Exit, exitCode } from '#shared/exit.ts';
import type { Cursor } from '../follow/cursor.ts';
import type { Mark } from '../follow/mark.ts';
import type { Tally } from '../follow/tally.ts';

/** How far one file was acknowledged, and how to know it again. */
export interface Position {
  /** Device and inode. */
  readonly id: string;
  /** When the file was made, in milliseconds since 1970, or 0. */
  readonly born: number;
  /** The name in its records. */
  readonly path: string;
  /** True where a rotation had moved it away from that name. */
  readonly rotated: boolean;
  readonly cursor: Cursor;
  /** What the file held at the cursor. */
  readonly mark: Mark;
  /** What the life of the file is called that the cursor belongs to, where something is called after it. */
  readonly life?: string;
  /** When it was last there, in milliseconds since 1970. */
  readonly seenAt: number;
}

/** What a sidecar knows of all its files. */
export interface Memory {
  /** When the last scan began that is part of it, in milliseconds since 1970; 0 before the first. */
  readonly scannedAt: number;
  readonly positions: readonly Position[];
}

/** How far the files were acknowledged by one destination. */
export interface Account extends Memory {
  /** The name of the destination; undefined in what was written by a release that had one alone, and did not name it. */
  readonly to: string | undefined;
}

const version = 2;

/** Writes accounts as the text of `positions.json`. */
export function serialise(accounts: readonly Account[]): string {
  return `${JSON.stringify({ version, destinations: accounts })}\n`;
}

/**
 * Reads the text of `positions.json`; undefined where it is none that was ever written here, such as a damaged one.
 * @throws Exit where a newer release wrote it: to read it wrong would ship lines twice, or never.
 */
export function deserialise(text: string, path: string): Account[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed) || typeof parsed.version !== 'number') return undefined;
  if (parsed.version > version) {
    throw new Exit(
      exitCode.settings,
      `${path} was written by a newer release (version ${parsed.version}); run that one, or name another folder by LOGS_STATE`,
    );
  }
  // version 1 is the account of its only destination
  const accounts = parsed.version === 1 ? [{ ...parsed, to: undefined }] : parsed.destinations;
  if (!Array.isArray(accounts) || !accounts.every(isAccount)) return undefined;
  return accounts.map(({ to, scannedAt, positions }) => ({ to, scannedAt, positions }));
}

function isAccount(value: unknown): value is Account {
  if (!isRecord(value)) return false;
  const { to, scannedAt, positions } = value;
  const named = to === undefined || typeof to === 'string';
  return named && typeof scannedAt === 'number' && Array.isArray(positions) && positions.every(isPosition);
}

function isPosition(value: unknown): value is Position {
  if (!isRecord(value) || !isRecord(value.cursor) || !isRecord(value.mark)) return false;
  const { id, born, path, rotated, seenAt, cursor, mark } = value;
  if (cursor.tally !== undefined && !isTally(cursor.tally)) return false;
  return (
    [id, path, mark.head, mark.tail].every((text) => typeof text === 'string') &&
    [born, seenAt, cursor.offset, mark.offset, mark.headLength].every((number) => typeof number === 'number') &&
    typeof rotated === 'boolean'
  );
}

function isTally(value: unknown): value is Tally {
  return isRecord(value) && [value.since, value.lines, value.adler].every((number) => typeof number === 'number');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
