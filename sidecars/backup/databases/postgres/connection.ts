import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { BackupSettings } from '../../config.ts';
import { allDatabases, type DatabaseAddress, nameOfServer } from '../address.ts';
import { passwordFor } from './pass-file.ts';

/** How TLS is used, see {@link sslModes}. */
export type SslMode = NonNullable<BackupSettings['pgSslMode']>;

/** Everything that it takes to reach a server as a role. */
export interface Connection {
  /** The server without the role: `postgres://db1:5432`. */
  readonly server: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly sslMode: SslMode;
  readonly files: { readonly ca: string | undefined; readonly certificate: string | undefined; readonly key: string | undefined };
  /** For how long a connection is tried, in ms. */
  readonly timeout: number;
  /** The password for one of its databases; undefined where none is known. @throws DatabaseError where PGPASSFILE cannot be read. */
  readonly password: (database: string) => string | undefined;
}

/** The settings that say what an address leaves out. */
export type PostgresSettings = Pick<
  BackupSettings,
  | 'pgHost'
  | 'pgUser'
  | 'pgPassword'
  | 'pgPassFile'
  | 'pgDatabase'
  | 'pgSslMode'
  | 'pgSslRootCert'
  | 'pgSslCert'
  | 'pgSslKey'
  | 'pgConnectTimeout'
> & { readonly pgPort: number };

/** Fills in what an address leaves out, as libpq does. */
export function connectionOf(address: DatabaseAddress, settings: PostgresSettings): Connection {
  const host = address.host ?? settings.pgHost ?? 'localhost';
  const port = address.port ?? settings.pgPort;
  const user = address.user ?? settings.pgUser;
  return {
    server: nameOfServer('postgres', host, port),
    host,
    port,
    user,
    sslMode: (address.sslMode as SslMode | undefined) ?? settings.pgSslMode,
    files: { ca: settings.pgSslRootCert, certificate: settings.pgSslCert, key: settings.pgSslKey },
    timeout: settings.pgConnectTimeout * 1000,
    password: (database) => settings.pgPassword ?? passwordFor({ host, port, database, user }, settings.pgPassFile),
  };
}

/** The name of the database that an address means: its own, PGDATABASE, or all. */
export function databaseOf({ database }: DatabaseAddress, { pgDatabase }: Pick<PostgresSettings, 'pgDatabase'>): string {
  return database ?? pgDatabase ?? allDatabases;
}

/**
 * The environment of a client program: what it needs to connect, and nothing else that we have. Secrets go this way alone.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function environmentOf(connection: Connection, database: string): Record<string, string> {
  const { host, port, user, sslMode, files, timeout, password } = connection;
  const optional = {
    PGPASSWORD: password(database),
    // without a file libpq trusts nobody; it knows the public authorities since release 16, where the whole name is looked at
    PGSSLROOTCERT: files.ca ?? (sslMode === 'verify-full' ? 'system' : undefined),
    SSL_CERT_FILE: process.env.SSL_CERT_FILE,
    SSL_CERT_DIR: process.env.SSL_CERT_DIR,
    PGSSLCERT: files.certificate,
    PGSSLKEY: files.key,
    LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH,
    PATH: process.env.PATH,
  };
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGSSLMODE: sslMode,
    PGCONNECT_TIMEOUT: String(Math.max(2, Math.ceil(timeout / 1000))),
    PGAPPNAME: 'sidekick/backup',
    // passwords come by PGPASSWORD; libpq complains of a file that is none, and of one that others may read
    PGPASSFILE: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

/** What is tried in turn to connect: TLS as the modes of libpq mean it, or none. @throws Exit where a file cannot be read. */
export function waysOf({ host, sslMode, files }: Connection): (ConnectionOptions | false)[] {
  if (sslMode === 'disable' || host.startsWith('/')) return [false];
  // the host that a certificate has to name
  const given = {
    host,
    ...(files.ca !== undefined && { ca: read('PGSSLROOTCERT', files.ca) }),
    ...(files.certificate !== undefined && { cert: read('PGSSLCERT', files.certificate) }),
    ...(files.key !== undefined && { key: read('PGSSLKEY', files.key) }),
  };
  if (sslMode === 'verify-full') return [given];
  // as in libpq: a file of authorities makes `require` look at them
  if (sslMode === 'verify-ca' || (sslMode === 'require' && files.ca !== undefined))
    return [{ ...given, checkServerIdentity: () => undefined }];
  const unverified = { ...given, rejectUnauthorized: false };
  if (sslMode === 'require') return [unverified];
  return sslMode === 'allow' ? [false, unverified] : [unverified, false];
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Exit(exitCode.settings, `${name}=${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
