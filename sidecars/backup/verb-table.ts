import { boolean, Invalid, type Kind, path } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';

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

/** Words as they are: in a path a comma, a blank and a line end may stand, and in no word a NUL. */
const verbatim: Kind<readonly string[]> = {
  name: 'words',
  parse: (given) => given.split('\0'),
  format: (given) => given.join(' '),
  join: (given) => given.join('\0'),
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
    usage: '[ID] --to DIR [PATH…]',
    summary:
      'Brings a backup back below a folder, under the absolute paths that it was read from: --to / puts everything where it was. Without an ID the newest good one of all stores that answer; with PATHs only what is at and below them.',
    options: {
      words: words('The id, and paths.'),
      to: optional(path, 'The folder, which is made where it is missing.'),
      overwrite: option(
        boolean,
        false,
        'Also where the folder is not empty: files that are there under the same names are replaced, others stay.',
      ),
    },
    operands: 'words',
    conflicts: ({ to }) =>
      to === undefined ? ['--to is missing: the folder to restore to; / puts everything where it was'] : [],
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
