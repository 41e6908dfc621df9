import type { BackupSettings } from '../../config.ts';
import { allDatabases, type DatabaseAddress, nameOfServer } from '../address.ts';
import type { Tools } from './tools.ts';

/** How TLS is used, see {@link sslModes}. */
export type SslMode = NonNullable<BackupSettings['mysqlSslMode']>;

/** Everything that it takes to reach a server as a user. */
export interface Connection {
  /** The server without the user: `mysql://db1:3306`. */
  readonly server: string;
  /** A host name, an address, or the path of a socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly sslMode: SslMode;
  readonly files: { readonly ca: string | undefined; readonly certificate: string | undefined; readonly key: string | undefined };
}

/** The settings that say what an address leaves out. */
export type MariadbSettings = Pick<
  BackupSettings,
  'mysqlUser' | 'mysqlPassword' | 'mysqlSslMode' | 'mysqlSslCa' | 'mysqlSslCert' | 'mysqlSslKey'
>;

/** Where a server listens of which nothing else is said. */
const usualPort = 3306;

/** Fills in what an address leaves out. */
export function connectionOf(address: DatabaseAddress, settings: MariadbSettings): Connection {
  const host = address.host ?? 'localhost';
  const port = address.port ?? usualPort;
  return {
    server: nameOfServer('mysql', host, port),
    host,
    port,
    user: address.user ?? settings.mysqlUser,
    password: settings.mysqlPassword,
    sslMode: (address.sslMode as SslMode | undefined) ?? settings.mysqlSslMode,
    files: { ca: settings.mysqlSslCa, certificate: settings.mysqlSslCert, key: settings.mysqlSslKey },
  };
}

/** The name of the database that an address means: its own, or all. */
export function databaseOf({ database }: DatabaseAddress): string {
  return database ?? allDatabases;
}

/** The arguments by which a client program connects. They hold no secret: whoever sees the machine's processes sees them. */
export function argumentsOf(connection: Connection, vendor: Tools['vendor']): string[] {
  const { host, port, user } = connection;
  const where = host.startsWith('/')
    ? ['--protocol=socket', `--socket=${host}`]
    : // by its name alone, localhost would be a socket
      ['--protocol=tcp', `--host=${host}`, `--port=${port}`];
  // it has to be the first: no file of the machine may change what we ask for
  return ['--no-defaults', ...where, `--user=${user}`, ...tlsArguments(connection, vendor), '--default-character-set=utf8mb4'];
}

/** https://mariadb.com/docs/server/security/encryption/data-in-transit-encryption/securing-connections-for-client-and-server */
export function tlsArguments({ host, sslMode, files }: Connection, vendor: Tools['vendor']): string[] {
  if (host.startsWith('/') || sslMode === 'disable') return [vendor === 'mysql' ? '--ssl-mode=DISABLED' : '--skip-ssl'];
  const given = [
    ...(files.ca === undefined ? [] : [`--ssl-ca=${files.ca}`]),
    ...(files.certificate === undefined ? [] : [`--ssl-cert=${files.certificate}`]),
    ...(files.key === undefined ? [] : [`--ssl-key=${files.key}`]),
  ];
  // as in libpq: a file of authorities makes `require` look at them
  const mode = sslMode === 'require' && files.ca !== undefined ? 'verify-ca' : sslMode;
  if (vendor === 'mysql') return [`--ssl-mode=${mysqlModes[mode]}`, ...given];
  // the client of MariaDB knows the name and the authority only together
  if (mode === 'verify-ca' || mode === 'verify-full') return ['--ssl', '--ssl-verify-server-cert', ...given];
  // that there has to be TLS is looked after by Session
  return ['--ssl', '--skip-ssl-verify-server-cert', ...given];
}

/** https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#option_general_ssl-mode */
const mysqlModes = {
  disable: 'DISABLED',
  allow: 'PREFERRED',
  prefer: 'PREFERRED',
  require: 'REQUIRED',
  'verify-ca': 'VERIFY_CA',
  'verify-full': 'VERIFY_IDENTITY',
} as const satisfies Record<SslMode, string>;

/** The environment of a client program: what it needs, and nothing else that we have. Secrets go this way alone. */
export function environmentOf({ password }: Connection): Record<string, string> {
  const optional = { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH, PATH: process.env.PATH };
  return {
    // without one it must not ask for it
    MYSQL_PWD: password ?? '',
    LC_ALL: 'C.UTF-8',
    // files of a home folder would count too
    HOME: '/nonexistent',
    ...Object.fromEntries(Object.entries(optional).filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}
