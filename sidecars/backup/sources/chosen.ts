import type { BackupSettings } from '../config.ts';
import { allDatabases, type DatabaseAddress } from '../databases/address.ts';
import { serverOf } from '../databases/open.ts';
import { databasesOf, pathsOf } from '../databases/source.ts';
import { ownPaths } from '../own-paths.ts';
import { defaultSources } from './default-sources.ts';

/** What a run saves. */
export interface Sources {
  readonly paths: readonly string[];
  readonly databases: readonly DatabaseAddress[];
}

/** What BACKUP_SOURCES names; else the database that the settings of PostgreSQL name; else the volumes of this container. */
export function chosenSources(settings: BackupSettings): Sources {
  const { sources, pgHost, pgDatabase, tmp } = settings;
  if (sources !== undefined) return { paths: pathsOf(sources), databases: databasesOf(sources) };
  if (pgHost === undefined && pgDatabase === undefined)
    return { paths: defaultSources([...ownPaths(settings), tmp]), databases: [] };
  const address = { engine: 'postgres', host: undefined, port: undefined, user: undefined, sslMode: undefined } as const;
  return { paths: [], databases: [{ ...address, database: pgDatabase ?? allDatabases }] };
}

/** The names of sources, as manifests and messages have them: paths, and databases without who asks. */
export function namesOfSources({ paths, databases }: Sources, settings: BackupSettings): string[] {
  const names = databases.map((address) => {
    const { server, database } = serverOf(address, settings);
    return `${server.name}/${database === allDatabases ? database : encodeURIComponent(database)}`;
  });
  return [...paths, ...names];
}
