import { Exit, exitCode } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Manifest, SavedDatabase } from '../catalog/manifest.ts';
import { allDatabases, type DatabaseAddress } from '../databases/address.ts';
import { serverOf } from '../databases/open.ts';
import { decryptionOf } from '../keys.ts';
import { findBackup } from '../reading/choose.ts';
import { amountOfTime } from '../report/amounts.ts';
import { reportProgress } from '../report/progress-line.ts';
import { restoreDatabase } from '../restore/database.ts';
import { print, withCatalogs } from './opened.ts';

/** How many differences are told. */
const named = 10;

/** What `backup restore` is asked for where it restores databases. */
export interface DatabaseWords {
  readonly overwrite: boolean;
  readonly clean: boolean;
  readonly database: string | undefined;
  readonly tables: readonly string[];
  readonly noOwner: boolean;
  readonly unchecked: boolean;
}

/** Brings back a database of a backup, or each of them under its own name. */
export async function restoreToServer(
  life: BackupLife,
  id: string | undefined,
  to: DatabaseAddress,
  given: DatabaseWords,
): Promise<void> {
  const { settings, log, stopping } = life;
  const { server, database: name } = serverOf(to, settings);
  await withCatalogs(life, async (catalogs) => {
    const { catalog, backup } = await findBackup(catalogs, id, (message) => log.warn(message));
    const chosen =
      name === allDatabases && given.database === undefined ? backup.databases : [chooseDatabase(backup, given.database)];
    for (const saved of chosen) {
      const database = name === allDatabases ? saved.database : name;
      log.info({ store: catalog.store.name, id: backup.id }, `restoring ${saved.source}`);
      const report = reportProgress(process.stderr.isTTY ? process.stderr : { write: () => true });
      const begun = performance.now();
      let bytes = 0;
      const restored = await restoreDatabase(catalog, backup, saved, {
        ...given,
        ...{ server, database, jobs: settings.pgJobs, key: decryptionOf(settings), log, signal: stopping },
        onBytes: (more) => {
          bytes += more;
          report.update({ phase: 'restoring', bytes, total: saved.dump.plainBytes, files: 0 });
        },
        onComparing: () => report.update({ phase: 'comparing', bytes: 0, total: undefined, files: 0 }),
      }).finally(() => report.end());
      if (restored.roles.length > 0) log.info(`made the roles ${restored.roles.join(', ')}, which were missing`);
      const time = amountOfTime(performance.now() - begun);
      const { tables, rows } = saved.counts;
      await print(
        `${backup.id}  ${saved.source} restored to ${restored.place} in ${time}${verdictOf(restored.differences, tables, rows, saved)}\n`,
      );
      const { differences = [] } = restored;
      if (differences.length === 0) continue;
      const told = differences.slice(0, named).map(({ table, what }) => `${table} ${what}`);
      const more = differences.length > named ? `, and ${differences.length - named} more` : '';
      throw new Exit(exitCode.failed, `${restored.place} is not what was saved: ${told.join(', ')}${more}`);
    }
  });
}

function verdictOf(
  differences: readonly unknown[] | undefined,
  tables: number,
  rows: number,
  { checksums }: SavedDatabase,
): string {
  if (differences === undefined) return '; it was not compared with what was saved';
  if (differences.length > 0) return `; ${differences.length} of its ${tables} tables are not as they were saved`;
  const [what, how] = tables === 1 ? ['table', 'is as it was'] : [`${tables} tables`, 'are as they were'];
  return `; its ${what} with ${rows} rows ${how} saved, by ${checksums ? 'rows and checksums' : 'rows'}`;
}

function chooseDatabase({ id, databases }: Manifest, name: string | undefined): SavedDatabase {
  const found = databases.filter(({ database, source }) => name === undefined || name === database || name === source);
  const [first] = found;
  if (databases.length === 0) throw new Exit(exitCode.failed, `${id} has no databases; restore it to a folder`);
  const names = databases.map(({ source }) => source).join(', ');
  if (first === undefined) throw new Exit(exitCode.failed, `${id} has no database ${name}; it has ${names}`);
  if (found.length > 1)
    throw new Exit(exitCode.settings, `${id} has several databases, ${names}: choose one by --database, or restore all to …/*`);
  return first;
}
