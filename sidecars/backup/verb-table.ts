import { list } from '#shared/config/collections.ts';
import { boolean, Invalid, type Kind, text } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';
import { verbatim } from '#shared/config/verbatim.ts';
import { sourceKind } from './databases/source.ts';

/** A moment with its zone, as RFC 3339 writes it. */
const moment: Kind<Date> = {
  name: 'time',
  parse: (given) => {
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(given) || Number.isNaN(Date.parse(given)))
      throw new Invalid('is no time, such as 2026-11-26T03:15:00Z');
    return new Date(given);
  },
  format: (value) => value.toISOString(),
};

const words = (help: string) => option(verbatim, [] as readonly string[], help);
const json = option(boolean, false, 'As JSON.');

const atMostOne = (given: { readonly words: readonly string[] }) => (given.words.length <= 1 ? [] : ['only one ID may be given']);

/** What can be asked of the backup sidecar beside its steady work. */
export const verbs = {
  now: verb({
    usage: '',
    summary:
      'Makes one backup and exits: 0 where it is good and in every store, 1 where not, 77 where a file may not be read and BACKUP_UNREADABLE=fail. For CronJobs too.',
    options: {
      scheduled: optional(moment, 'The time of the schedule that it is for: nothing is done where a backup was begun since.'),
    },
  }),
  list: verb({ usage: '', summary: 'Lists the backups, the oldest first.', options: { json } }),
  show: verb({
    usage: 'ID [PATH]',
    summary:
      'Tells all that is known of a backup; or, with the absolute PATH of a file in it, writes the content of that file to stdout.',
    options: { words: words('The id, and a path.'), files: option(boolean, false, 'Also every file in it.'), json },
    operands: 'words',
    conflicts: ({ words: [id, path, ...more] }) => {
      if (id === undefined || more.length > 0) return ['one ID is needed, and at most one PATH: see list'];
      return path === undefined || path.startsWith('/') ? [] : [`${path} is no absolute path; write it as it was saved`];
    },
  }),
  verify: verb({
    usage: '[ID]',
    summary: 'Reads a backup back, decrypts, decompresses and compares it with its manifest; without an ID the newest one.',
    options: { words: words('The id.'), all: option(boolean, false, 'Every backup in every store.') },
    operands: 'words',
    conflicts: (given) => [
      ...atMostOne(given),
      ...(given.all && given.words.length > 0 ? ['--all and an ID are both given; keep one of them'] : []),
    ],
  }),
  restore: verb({
    usage: '[ID] --to DIR|DATABASE [PATH…]',
    summary:
      'Brings a backup back below a folder, under the absolute paths that it was read from: --to / puts everything where it was. Without an ID the newest good one of all stores that answer; with PATHs only what is at and below them. To postgres://host/name it brings back a database, which is made where it is missing, and then held against what was saved table by table.',
    options: {
      words: words('The id, and paths.'),
      to: optional(
        sourceKind,
        'The folder, which is made where it is missing; or the database, postgres://host/name, or postgres://host/* for each under its own name.',
      ),
      overwrite: option(
        boolean,
        false,
        'Also where the folder or the database is not empty: files that are there under the same names are replaced, others stay; what is in a database stays, and where the same is to come again nothing is done.',
      ),
      clean: option(boolean, false, 'Also where the database is not empty: what is there of what is to come is dropped first.'),
      database: optional(text, 'Which database, where the backup has several: its name.'),
      tables: option(
        list(text),
        [] as readonly string[],
        'Only these tables of a database, schema.table or table, with what belongs to them: rows, indexes, constraints, sequences.',
      ),
      noOwner: option(boolean, false, 'Leave out roles, owners and rights: everything belongs to the role that restores.'),
      unchecked: option(boolean, false, 'Do not compare the tables of the restored database with what was saved.'),
    },
    operands: 'words',
    conflicts: ({ to, words: given, clean, database, tables, noOwner, unchecked }) => {
      if (to === undefined)
        return [
          '--to is missing: the folder to restore to, where / puts everything where it was; or a database, postgres://host/name',
        ];
      const forDatabases = { clean, database: database !== undefined, tables: tables.length > 0, 'no-owner': noOwner, unchecked };
      if (typeof to === 'string')
        return Object.entries(forDatabases).flatMap(([flag, set]) =>
          set ? [`--${flag} is for databases, and --to names a folder; leave it out, or write --to postgres://host/name`] : [],
        );
      return given.some((word) => word.startsWith('/'))
        ? ['paths are for folders, and --to names a database; choose tables by --tables']
        : [];
    },
  }),
  drill: verb({
    usage: '[ID]',
    summary:
      'Restores the databases of a backup into scratch databases, compares every table with what was saved of it, and drops them again; without an ID of the newest good one. Exits 0 where all is as it was, and notes what came out in the manifest.',
    options: { words: words('The id.'), json },
    operands: 'words',
    conflicts: atMostOne,
  }),
  diff: verb({
    usage: 'ID [ID]',
    summary:
      'Tells which files differ between two backups, or between one and the sources as they are now. Exits 1 where some do.',
    options: { words: words('The ids.'), json },
    operands: 'words',
    conflicts: ({ words: ids }) => (ids.length === 1 || ids.length === 2 ? [] : ['one ID or two are needed: see list']),
  }),
  prune: verb({
    usage: '',
    summary: 'Removes what BACKUP_KEEP does not keep, as each good run does.',
    options: { dryRun: option(boolean, false, 'Only tell what would be removed, and why the others stay.') },
  }),
  unlock: verb({
    usage: '',
    summary: 'Takes the lease from a run that is dead. One that is alive finds out, and makes no backup.',
    options: {},
  }),
} as const;
