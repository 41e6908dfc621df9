import { globSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DatabaseError } from '../failure.ts';
import { isProgram, runProgram } from '../program.ts';

/** The client programs of one release of PostgreSQL: pg_dump and pg_restore beside each other. */
export interface Tools {
  readonly major: number;
  /** `17.6`. */
  readonly version: string;
  readonly folder: string;
}

/** Where Debian's packages put them, and our images too. */
const debian = '/usr/lib/postgresql/*/bin';

/**
 * The programs for a server, see {@link chooseTools}. Where a folder is named after the major, as Debian does it, no other one is asked.
 * @throws DatabaseError where there are none.
 */
export async function findToolsFor(major: number, what: string, signal: AbortSignal): Promise<Tools> {
  const folders = foldersWithTools();
  const named = folders.find((folder) => folder.endsWith(`/postgresql/${major}/bin`));
  const tools = named === undefined ? undefined : await ask(named, signal);
  if (tools?.major === major) return tools;
  const all = await Promise.all(folders.map((folder) => ask(folder, signal)));
  return chooseTools(firstOfEach(all.filter((found) => found !== undefined)), major, what);
}

/** Folders of PATH, and those where Debian has them. */
function foldersWithTools(): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...globSync(debian)].filter(hasTools);
  return [...new Set(folders.map((folder) => realpathSync(folder)))];
}

async function ask(folder: string, signal: AbortSignal): Promise<Tools | undefined> {
  const { stdout } = await runProgram(join(folder, 'pg_dump'), ['--version'], { env: process.env, signal });
  return toolsOf(stdout, folder);
}

/** One for each major, the first that was found, the oldest major first. */
function firstOfEach(all: readonly Tools[]): Tools[] {
  const found = new Map<number, Tools>();
  for (const tools of all) if (!found.has(tools.major)) found.set(tools.major, tools);
  return [...found.values()].toSorted((a, b) => a.major - b.major);
}

function hasTools(folder: string): boolean {
  return folder !== '' && ['pg_dump', 'pg_restore'].every((name) => isProgram(join(folder, name)));
}

/** What `pg_dump --version` tells: `pg_dump (PostgreSQL) 17.6 (Debian 17.6-0+deb13u1)`. */
export function toolsOf(told: string, folder: string): Tools | undefined {
  const [, version, major] = /^pg_dump \(PostgreSQL\) ((\d+)[\w.]*)/.exec(told) ?? [];
  return version === undefined ? undefined : { major: Number(major), version, folder };
}

/**
 * The programs for a server: of its own major, else of the next higher one. A dump that newer ones have made cannot always be restored into
 * the server, and older ones refuse it.
 * @throws DatabaseError where there are none.
 */
export function chooseTools(tools: readonly Tools[], major: number, what: string): Tools {
  const chosen = tools.find((candidate) => candidate.major >= major);
  if (chosen !== undefined) return chosen;
  const there = tools.length === 0 ? 'there is none' : `there are those of ${tools.map((tool) => tool.major).join(', ')}`;
  throw new DatabaseError(
    'tool',
    `${what} takes pg_dump and pg_restore ${major} or newer, and ${there}; use a newer image, or put their folder on PATH`,
  );
}
