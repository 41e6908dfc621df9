import type { BackupSettings } from '../config.ts';
import { type DatabaseAddress, databaseKind } from '../databases/address.ts';
import { serverOf } from '../databases/open.ts';
import { databasesOf } from '../databases/source.ts';

/** Where a database is that a manifest names, with the role that the settings have for its server. */
export function addressOfSource(source: string, settings: BackupSettings): DatabaseAddress {
  const named = databaseKind.parse(source);
  const { server } = serverOf(named, settings);
  const known = databasesOf(settings.sources ?? []).find((address) => serverOf(address, settings).server.name === server.name);
  return known === undefined ? named : { ...known, database: named.database };
}
