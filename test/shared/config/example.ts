import { address } from '#shared/config/address.ts';
import { glob, headers, labels, list } from '#shared/config/collections.ts';
import {
  boolean,
  bytes,
  choice,
  duration,
  Invalid,
  integer,
  type Kind,
  orOff,
  path,
  secret,
  text,
  url,
} from '#shared/config/kinds.ts';
import { type Reading, read, type Source } from '#shared/config/read.ts';
import { defineProgram, option, optional } from '#shared/config/table.ts';

/** Words, of which each that is not lower case is a problem of its own. */
const words: Kind<readonly string[]> = {
  name: 'words',
  parse: (given) => {
    const found = given.split(' ');
    const [first, ...others] = found.filter((word) => /[^a-z]/.test(word)).map((word) => `${word} is no word`);
    if (first !== undefined) throw new Invalid([first, ...others]);
    return found;
  },
  format: (value) => value.join(' '),
};

/** A program with an option of every kind. */
export const program = defineProgram({
  name: 'probe',
  summary: 'Looks at things.',
  adminPort: 9899,
  operands: { option: 'paths', usage: '[PATH…]' },
  options: {
    paths: option(list(glob), ['/var/log/*.log'], 'What to look at.'),
    pause: option(duration(), 1000, 'How long to wait.'),
    size: option(bytes(), 65_536, 'How much.'),
    times: option(integer({ min: 1 }), 3, 'How often.'),
    once: option(boolean, false, 'Look once.'),
    mood: option(choice('calm', 'eager'), 'calm', 'How to look.'),
    folder: option(path, '/state', 'Where to keep it.'),
    to: option(url('http', 'file'), new URL('file:///out'), 'Where it goes.'),
    peer: optional(address, 'Whom to ask.', 'nobody'),
    labels: option(labels(['time']), {}, 'What to add.'),
    maxHeld: option(orOff(bytes()), undefined, 'How much to hold.'),
    title: optional(text, 'How it is called.'),
    token: optional(secret(text), 'A password.'),
    headers: optional(secret(headers), 'Secret header fields.'),
    words: optional(words, 'What to say.'),
  },
  examples: [{ command: 'docker run sidekick/probe', meaning: 'Look.' }],
  conflicts: ({ once, times }, { TZ }) => [
    ...(once && times !== 3 ? ['PROBE_ONCE and PROBE_TIMES are both set; keep one of them'] : []),
    ...(once && TZ === 'Mars' ? ['PROBE_ONCE is set, and TZ is of another planet'] : []),
  ],
});

/** Reads the example from words, variables and files; a missing file is ENOENT, one that is undefined EACCES. */
export function readExample({
  argv = [],
  env = {},
  files = {},
}: {
  readonly argv?: readonly string[];
  readonly env?: Source['env'];
  readonly files?: Readonly<Record<string, string | undefined>>;
}): Reading<(typeof program)['options']> {
  const readFile = (name: string) => {
    const content = files[name];
    if (content === undefined)
      throw unreadable(name, name in files ? 'EACCES: permission denied' : 'ENOENT: no such file or directory');
    return content;
  };
  return read(program, { argv, env, readFile });
}

/** The error of the system, as Node words it. */
function unreadable(name: string, what: string): Error {
  return Object.assign(new Error(`${what}, open '${name}'`), { code: what.replace(/:.*/, '') });
}

/** The settings that were read. @throws Error where there are problems. */
export function settingsOf(source: Parameters<typeof readExample>[0]) {
  const reading = readExample(source);
  if (!('settings' in reading)) throw new Error(reading.problems.join('\n'));
  return reading.settings;
}

/** The problems that were found. */
export function problemsOf(source: Parameters<typeof readExample>[0]): readonly string[] {
  return readExample(source).problems;
}
