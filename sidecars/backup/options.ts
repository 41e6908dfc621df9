import { glob, headers, list } from '#shared/config/collections.ts';
import {
  boolean,
  bytes,
  choice,
  duration,
  Invalid,
  integer,
  type Kind,
  longestTimer,
  path,
  secret,
  share,
  text,
  url,
} from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { reachOptions } from '#shared/s3/settings.ts';

import { databaseKind, sslModes } from './databases/address.ts';
import { sourceKind } from './databases/source.ts';
import { identities, recipients } from './encryption/recipients.ts';
import { template } from './report/template.ts';
import { keep } from './retention/keep.ts';
import { cron } from './schedule/cron.ts';
import { timeZone } from './schedule/time-zone.ts';
import { hooks } from './sources/hook.ts';

/** A name that can be a folder in every store. */
const name: Kind<string> = {
  name: 'name',
  parse: (given) => {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/.test(given))
      throw new Invalid('is no name; write letters, digits, . _ and -, with / between folders, such as shop/db1');
    return given;
  },
  format: String,
};

/** 32 bytes in base64, as S3 takes a key of its customer. */
const customerKey: Kind<Uint8Array> = {
  name: '32 bytes in base64',
  parse: (given) => {
    const key = Buffer.from(given, 'base64');
    if (key.length !== 32) throw new Invalid('is no key: it has to be 32 bytes in base64, as openssl rand -base64 32 makes them');
    return key;
  },
  format: (key) => Buffer.from(key).toString('base64'),
};

/** Where backups go, of what, and when. */
const what = {
  to: optional(
    list(url('file', 's3')),
    'Where backups are kept: file:///folder or s3://bucket/folder. Several: each backup goes to all of them.',
  ),
  name: optional(name, 'A folder of their own for these backups below BACKUP_TO, so that one store has those of many: db1.'),
  sources: optional(
    list(sourceKind),
    'What is saved: folders, files and databases, postgres://host/name or postgres://host/* for all of a server, mysql:// for MariaDB and MySQL. Where it is not given, the database that PGHOST and PGDATABASE name; else every volume that this container has, as --volumes-from brings them.',
    'its volumes',
  ),
  exclude: option(list(glob), [], 'What is left out, as globs of absolute paths; a folder with all that is in it.'),
  schedule: option(
    cron,
    cron.parse('@daily'),
    'When: five fields of cron, six with the second first, @hourly, @daily, @weekly, @monthly, @yearly or @every 6h.',
  ),
  timeZone: {
    ...optional(timeZone, "Time zone of the schedule and of retention's days: Europe/Berlin.", "the container's, UTC"),
    name: 'TZ',
  },
  jitter: option(
    duration({ max: longestTimer }),
    0,
    'The most that a run is put off, so that many sidecars do not fall upon a store at once; always the same for one host and time.',
  ),
  catchUp: option(boolean, true, 'Make up for a time of the schedule that was missed; of several for the last one.'),
  overdue: option(
    duration({ max: longestTimer }),
    3_600_000,
    'How long after its time of the schedule a backup may still be missing before the sidecar says that it is overdue.',
  ),
};

/** How the sources are read. */
const reading = {
  full: option(
    choice('always', 'daily', 'weekly', 'monthly'),
    'always',
    'How often everything is saved. A backup in between holds what has changed since, and is restored together with it.',
  ),
  before: option(
    hooks,
    [],
    'What is done before the sources are read: a POST to https://app/freeze, a signal to a process in a shared PID namespace, signal:USR1@postgres. Where it fails, nothing is read.',
  ),
  after: option(hooks, [], 'What is done once they are read, whatever became of it.'),
  hookTimeout: option(duration({ min: 100, max: longestTimer }), 30_000, 'How long each of them may take.'),
  sqlite: option(boolean, true, 'Copy SQLite databases through SQLite, so that one that is in use is saved whole.'),
  tmp: option(path, '/tmp', 'Folder for those copies, with room for the largest; also for dumps in several parts at once.'),
  maxChanged: option(
    share,
    0.1,
    'The share of files that may change while they are read, also at the second attempt; beyond, no backup is made.',
  ),
  unreadable: option(
    choice('warn', 'fail'),
    'warn',
    'What a file that cannot be read means: a warning and a list in the manifest, or no backup and exit code 77.',
  ),
  minRatio: option(
    share,
    0.5,
    'The least share of the last good backup that a new one has to have in bytes, to be called good itself. 0% asks for none.',
  ),
  level: option(integer({ min: 1, max: 19 }), 3, 'Level of zstd: higher is smaller and slower.'),
};

/** How databases are reached and saved; the names that every client of PostgreSQL has keep theirs. */
const databases = {
  pgHost: {
    ...optional(text, 'Host of PostgreSQL, or the folder of its socket, where BACKUP_SOURCES names none.', 'localhost'),
    name: 'PGHOST',
  },
  pgPort: { ...option(integer({ min: 1, max: 65_535 }), 5432, 'Its port.'), name: 'PGPORT' },
  pgUser: {
    ...option(text, 'postgres', 'The role that saves and restores. To save, it needs no more than pg_read_all_data.'),
    name: 'PGUSER',
  },
  pgPassword: { ...optional(secret(text), 'Its password.'), name: 'PGPASSWORD' },
  pgPassFile: {
    ...optional(path, 'File with passwords of several servers, host:port:database:user:password on each line.', '~/.pgpass'),
    name: 'PGPASSFILE',
  },
  pgDatabase: { ...optional(text, 'The database, where BACKUP_SOURCES names none.', 'all of the server'), name: 'PGDATABASE' },
  pgSslMode: { ...option(choice(...sslModes), 'prefer', 'How TLS is used, as libpq means it.'), name: 'PGSSLMODE' },
  pgSslRootCert: { ...optional(path, 'PEM file of the authorities to trust.', 'the public ones'), name: 'PGSSLROOTCERT' },
  pgSslCert: { ...optional(path, 'PEM file of a certificate of our own.'), name: 'PGSSLCERT' },
  pgSslKey: { ...optional(path, 'PEM file of its key.'), name: 'PGSSLKEY' },
  pgConnectTimeout: {
    ...option(integer({ min: 1, max: 3600 }), 10, 'For how many seconds a connection is tried.'),
    name: 'PGCONNECT_TIMEOUT',
  },
  pgJobs: option(
    integer({ min: 1, max: 64 }),
    1,
    'Tables that are saved, or brought back, at once. With more than one the dump takes room in BACKUP_TMP meanwhile.',
  ),
  pgLockTimeout: option(
    duration({ min: 1000, max: longestTimer }),
    300_000,
    'How long a dump waits for a table that somebody has locked, before it fails.',
  ),
  mysqlUser: {
    ...option(
      text,
      'root',
      'The account of MariaDB or MySQL that saves and restores; docs/how-to/mariadb.md has what it has to be granted.',
    ),
    name: 'MYSQL_USER',
  },
  mysqlPassword: { ...optional(secret(text), 'Its password.'), name: 'MYSQL_PASSWORD' },
  mysqlSslMode: {
    ...option(choice(...sslModes), 'prefer', 'How TLS is used with MariaDB and MySQL, in the words of PGSSLMODE.'),
    name: 'MYSQL_SSL_MODE',
  },
  mysqlSslCa: { ...optional(path, 'PEM file of the authorities to trust.', 'the public ones'), name: 'MYSQL_SSL_CA' },
  mysqlSslCert: { ...optional(path, 'PEM file of a certificate of our own.'), name: 'MYSQL_SSL_CERT' },
  mysqlSslKey: { ...optional(path, 'PEM file of its key.'), name: 'MYSQL_SSL_KEY' },
  pgGlobals: option(
    boolean,
    true,
    'Save roles and their memberships too, which belong to no database; of MariaDB and MySQL accounts and what they are granted.',
  ),
  checksums: option(
    boolean,
    true,
    'Take a checksum of every table of a database as it is dumped, for drills and restores to be held against; false counts the rows alone, which is less work for the server.',
  ),
  drill: option(
    choice('never', 'always', 'daily', 'weekly', 'monthly'),
    'never',
    'How often a new backup of databases is restored into a scratch database, compared with what was saved table by table, and dropped again.',
  ),
  drillUrl: optional(
    databaseKind,
    'The server for that, such as postgres://drill or mysql://drill, for databases of its kind, so that the one that is saved has no work with it; the role has to have CREATEDB, an account of MariaDB the rights to databases called sidekick_drill_….',
    "the source's server",
  ),
};

/** Encryption with age. */
const encryption = {
  ageRecipients: optional(
    recipients,
    'Encrypt to these public keys of age (age1…). Their owners can restore; the sidecar itself cannot, unless it has BACKUP_AGE_IDENTITY.',
  ),
  ageIdentity: optional(
    identities,
    'Secret keys of age (AGE-SECRET-KEY-1…), to restore, to verify, and to compare with encrypted backups.',
  ),
  passphrase: optional(secret(text), 'Encrypt with this passphrase, as age -p does, instead of to recipients.'),
};

/** What becomes of backups that are there. */
const keeping = {
  keep: optional(
    keep,
    'Which backups stay: last=3,daily=7,weekly=4,monthly=12,yearly=3, also hourly=24 and within=30d. The others are removed after a good run.',
    'all of them',
  ),
  verify: option(
    choice('always', 'daily', 'never'),
    'always',
    'Read each backup back once it is stored, decrypt, decompress and compare it; or one a day; or none.',
  ),
  state: option(
    path,
    '/state',
    'Folder that keeps what is needed to compare with a backup that only its recipients can read, without which such backups are full ones; and whose lease a run holds, so that the next one need not wait where it is killed.',
  ),
  notify: optional(secret(url('http', 'https')), 'Webhook that is told of runs by a POST.'),
  notifyOn: option(choice('failure', 'success', 'always'), 'failure', 'Which runs it is told of.'),
  notifyTemplate: optional(
    template,
    'What it is told, with {{title}}, {{message}} and more in it; where it begins with { it is JSON.',
    'a JSON document with everything',
  ),
  notifyHeaders: optional(secret(headers), 'Header fields for the webhook, Name: value, one on each line.'),
};

/** What S3 is told; the names that every AWS tool has keep theirs. */
const s3 = {
  ...reachOptions,
  s3Ca: optional(path, 'PEM file of the certificate authorities to trust instead of the public ones.', 'the public ones'),
  s3Encryption: option(choice('off', 'AES256', 'aws:kms', 'customer'), 'off', 'How the server encrypts what it keeps.'),
  s3KmsKey: optional(text, 'Key for aws:kms.', "the server's own"),
  s3CustomerKey: optional(secret(customerKey), 'Key for customer, which the server does not keep.'),
  s3StorageClass: optional(text, 'Storage class of archives: STANDARD_IA.', "the bucket's"),
  s3Lock: option(
    choice('off', 'governance', 'compliance'),
    'off',
    'Object lock: for how long nobody may remove or replace a backup is BACKUP_S3_LOCK_FOR.',
  ),
  s3LockFor: optional(duration({ min: 86_400_000 }), 'How long each object is locked: 30d.'),
  s3Conditions: optional(
    boolean,
    'Whether the server keeps to If-None-Match, by which two sidecars do not run at once.',
    'found out',
  ),
  s3Checksums: option(boolean, true, 'Send checksums; false for servers that refuse them.'),
  s3PartSize: option(
    bytes({ min: 5 * 2 ** 20, max: 2 ** 30 }),
    8 * 2 ** 20,
    'Size of the first parts of an upload; they grow with it.',
  ),
  s3InFlight: option(integer({ min: 1, max: 16 }), 2, 'Parts of an upload on their way at the same time.'),
  s3Timeout: option(
    duration({ min: 100, max: longestTimer }),
    60_000,
    'How long a connection may be silent before a request is made again.',
  ),
  s3Patience: option(duration({ max: longestTimer }), 300_000, 'For how long a request that fails is made again and again.'),
};

/** The options of the backup sidecar. */
export const options = { ...what, ...reading, ...databases, ...encryption, ...keeping, ...s3 };
