import { delimiter, join } from 'node:path';
import { DatabaseError } from '../failure.ts';
import { isProgram, runProgram } from '../program.ts';

/** The client programs: one that dumps, and one that runs statements. */
export interface Tools {
  /** Whose they are: some of their options differ. */
  readonly vendor: 'mariadb' | 'mysql';
  /** `mariadb-dump 11.8.9`, as manifests name it. */
  readonly name: string;
  /** Paths of the programs. */
  readonly dump: string;
  readonly client: string;
}

/** By preference, where a folder has both: a server of either kind is dumped by the first ones that are found. */
const pairs = [
  ['mariadb-dump', 'mariadb'],
  ['mysqldump', 'mysql'],
] as const;

/** Finds the client programs, in the folders of PATH and in /usr/bin. @throws DatabaseError where there are none. */
export async function findTools(signal: AbortSignal): Promise<Tools> {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'].filter((folder) => folder !== '');
  for (const folder of new Set(folders))
    for (const [dump, client] of pairs) {
      const paths = { dump: join(folder, dump), client: join(folder, client) };
      if (!Object.values(paths).every(isProgram)) continue;
      const { stdout } = await runProgram(paths.dump, ['--no-defaults', '--version'], { env: process.env, signal });
      const told = toolsOf(stdout);
      if (told !== undefined) return { ...told, ...paths };
    }
  throw new DatabaseError(
    'tool',
    'MariaDB and MySQL take mariadb-dump and mariadb, which are not here; the image sidekick/backup-mariadb has them, or put their folder on PATH',
  );
}

/**
 * What `--version` tells: `mariadb-dump  Ver 10.19 Distrib 10.11.18-MariaDB, for …`, `mariadb-dump from 11.8.9-MariaDB, client 10.19 for …`,
 * `mysqldump  Ver 9.7.4 for Linux …`. Undefined where it is something else.
 */
export function toolsOf(told: string): Pick<Tools, 'vendor' | 'name'> | undefined {
  const [, mariadb] = /(?:Distrib|from) ([\d.]+)-MariaDB/.exec(told) ?? [];
  if (mariadb !== undefined) return { vendor: 'mariadb', name: `mariadb-dump ${mariadb}` };
  const [, mysql] = /mysqldump\s+Ver ([\d.]+)/.exec(told) ?? [];
  return mysql === undefined ? undefined : { vendor: 'mysql', name: `mysqldump ${mysql}` };
}
