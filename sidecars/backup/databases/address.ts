import { Invalid, type Kind } from '#shared/config/kinds.ts';

/** A kind of database server. */
export type EngineName = 'postgres' | 'mysql';

/** Where a database is, or all of a server's. What is undefined is told by the engine's own settings, such as PGHOST. */
export interface DatabaseAddress {
  readonly engine: EngineName;
  /** A host name, an address, or the absolute path of a folder with a socket. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  /** Its name, or {@link allDatabases}. */
  readonly database: string | undefined;
  /** How TLS is used, as PGSSLMODE says it. */
  readonly sslMode: string | undefined;
}

/** In place of a name: every database of the server. */
export const allDatabases = '*';

const engines: Readonly<Record<string, EngineName>> = {
  'postgres:': 'postgres',
  'postgresql:': 'postgres',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

/** How a text begins that is the address of a database. */
const scheme = /^(postgres|postgresql|mysql|mariadb):/;

/** Whether a text is meant to be the address of a database, and no path. */
export function looksLikeDatabase(text: string): boolean {
  return scheme.test(text);
}

/** `postgres://user@host:5432/app`, `postgres://host/*`, `postgres:///app?host=/run/postgresql`, `mysql://host/app`. */
export const databaseKind: Kind<DatabaseAddress> = {
  name: 'database',
  parse: (text) => {
    const url = looksLikeDatabase(text) && URL.canParse(text) ? new URL(text) : undefined;
    const engine = url && engines[url.protocol];
    if (url === undefined || engine === undefined)
      throw new Invalid('is no address of a database; write postgres://host/name or mysql://host/name');
    if (url.password !== '')
      throw new Invalid(
        'holds a password, which whoever sees this container or its command line would see; ' +
          (engine === 'postgres'
            ? 'give it by PGPASSWORD_FILE, PGPASSFILE or PGPASSWORD'
            : 'give it by MYSQL_PASSWORD_FILE or MYSQL_PASSWORD'),
      );
    const { host, sslmode, ...others } = Object.fromEntries(url.searchParams);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined || url.hash !== '')
      throw new Invalid(`has ?${unknown ?? '#'}, which is not known; known are ?host=/folder/of/a/socket and ?sslmode=`);
    if (sslmode !== undefined && !sslModes.some((mode) => mode === sslmode))
      throw new Invalid(`has an unknown sslmode; known are ${sslModes.join(', ')}`);
    const [database = '', ...more] = url.pathname.slice(1).split('/');
    if (more.length > 0) throw new Invalid('has more than a name behind the host; write a / in a name as %2F');
    return {
      engine,
      host: host ?? (url.hostname === '' ? undefined : decoded(url.hostname).replace(/^\[(.*)\]$/, '$1')),
      port: url.port === '' ? undefined : Number(url.port),
      user: url.username === '' ? undefined : decoded(url.username),
      database: database === '' ? undefined : decoded(database),
      sslMode: sslmode,
    };
  },
  format: formatDatabase,
};

/** How TLS is used: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Writes an address as its kind reads it. */
export function formatDatabase({ engine, host, port, user, database, sslMode }: DatabaseAddress): string {
  const login = user === undefined ? '' : `${encodeURIComponent(user)}@`;
  const at = host === undefined ? '' : `${hostText(host)}${port === undefined ? '' : `:${port}`}`;
  return `${engine}://${login}${at}/${nameText(database)}${sslMode === undefined ? '' : `?sslmode=${sslMode}`}`;
}

/** A database as it is named in manifests and messages: where it is, and not who asks. */
export function nameOfDatabase(server: string, database: string): string {
  return `${server}/${nameText(database)}`;
}

/** A server as it is named in manifests and messages: `postgres://db1:5432`, `postgres://%2Frun%2Fpostgresql:5432`. */
export function nameOfServer(engine: EngineName, host: string, port: number): string {
  return `${engine}://${hostText(host)}:${port}`;
}

function hostText(host: string): string {
  return host.includes(':') ? `[${host}]` : encodeURIComponent(host);
}

function nameText(database: string | undefined): string {
  return database === undefined || database === allDatabases ? (database ?? '') : encodeURIComponent(database);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Invalid('has a % that begins no character; write %25 for a % itself');
  }
}
