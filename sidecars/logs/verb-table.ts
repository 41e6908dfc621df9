import { resolve } from 'node:path';
import { glob, list } from '#shared/config/collections.ts';
import { boolean, duration, integer } from '#shared/config/kinds.ts';
import { option, optional } from '#shared/config/table.ts';
import { verb } from '#shared/config/verb.ts';

const json = option(boolean, false, 'As JSON.');
/** A glob that a person writes in a shell may be relative to where he is. */
const here: typeof glob = { ...glob, parse: (text) => glob.parse(resolve(text)) };
const files = optional(list(here), 'Log files, as globs.', 'those of LOGS_PATHS');

/** What can be asked of the logs sidecar beside its steady work. */
export const verbs = {
  tail: verb({
    usage: '[-n LINES] [--no-follow] [PATH…]',
    summary:
      'Prints what files hold and what comes, through rotations, each record with the name of its file: tail -F for many files.',
    options: {
      files,
      lines: option(integer({ min: 0 }), 10, 'How many of the last records of each file are printed first.'),
      noFollow: option(boolean, false, 'Ends there, and does not wait for more.'),
      json,
    },
    operands: 'files',
    letters: { n: 'lines' },
  }),
  top: verb({
    usage: '[--every 2s] [--once] [PATH…]',
    summary:
      'Shows live what access logs tell: requests a second, classes of status, the busiest paths, how long answers take; of nginx and Apache (combined), and of JSON lines.',
    options: {
      files,
      every: option(duration({ min: 200, max: 3_600_000 }), 2000, 'How often the screen is drawn anew.'),
      all: option(boolean, false, 'Begin with all that the files hold, and not with what comes.'),
      once: option(boolean, false, 'Read all that the files hold, print one table, and end.'),
      json,
    },
    operands: 'files',
  }),
  verify: verb({
    usage: '[--json]',
    summary:
      'Reads each file again up to where it was acknowledged, and holds its lines and their checksum against what the state says was shipped; ends with 1 where they differ.',
    options: { json },
  }),
};
