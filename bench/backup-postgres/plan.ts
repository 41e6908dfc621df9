import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { chosen } from '../chosen.ts';
import { type SettingName, settings } from '../stores/settings.ts';
import { type Size, sizes } from './corpus.ts';
import { peers } from './peers/all.ts';
import { type JobName, jobNames } from './peers/peer.ts';
import { type Major, majors } from './programs.ts';

/** What is to be measured. */
export interface Plan {
  readonly rounds: number;
  readonly settings: readonly SettingName[];
  /** With `first`, which the others stand on. */
  readonly jobs: readonly JobName[];
  /** Names of peers. */
  readonly peers: readonly string[];
  /** Undefined for the newest one that there is. */
  readonly major: Major | undefined;
  readonly size: Size;
  readonly json: boolean;
  /** Whether it is done for crashes only. */
  readonly quick: boolean;
}

const names = { settings: settings.map(({ name }) => name), jobs: jobNames, peers: peers.map(({ name }) => name) } as const;

/** Its options, for --help. */
export const described = `
  --settings=NAME,…  some of: ${names.settings.join(', ')}; S3 is what AWS_ENDPOINT_URL_S3 and the other variables of AWS name,
                     or SIDEKICK_TEST_S3=http://KEY:SECRET@HOST:PORT; it gets a bucket of its own, which is removed
  --jobs=NAME,…      some of: ${names.jobs.join(', ')}; first, which is the dump, is always done
  --peers=NAME,…     some of: ${names.peers.join(', ')}
  --major=N          of PostgreSQL, one of: ${majors.join(', ')} (the newest that there is)
  --size=NAME        whole, 500 MB on the server; large, six times, or small, an eighth of it (whole)
  --rounds=N         how often each is measured, one after the other; the table has the medians (3)
  --json             all that was measured, as JSON
  --quick            a small database, once: it shows that nothing crashes, and its numbers mean nothing
  Everything is in a folder below TMPDIR, the server's data too, which runs as nobody where this is root.`;

const options = {
  settings: { type: 'string', default: names.settings.join() },
  jobs: { type: 'string', default: names.jobs.join() },
  peers: { type: 'string', default: names.peers.join() },
  major: { type: 'string' },
  size: { type: 'string', default: 'whole' },
  rounds: { type: 'string', default: '3' },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const { json, quick, size, major: wanted } = values;
    const rounds = Number(values.rounds);
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (size !== 'large' && size !== 'whole' && size !== 'small') return `--size=${size} is none of large, whole and small`;
    const major = majors.find((one) => String(one) === wanted);
    if (wanted !== undefined && major === undefined) return `--major=${wanted}: there are: ${majors.join(', ')}`;
    return {
      rounds: quick ? 1 : rounds,
      settings: chosen('settings', values.settings, names.settings),
      jobs: chosen('jobs', `first,${values.jobs}`, names.jobs),
      peers: chosen('peers', values.peers, names.peers),
      major,
      size: quick ? sizes.quick : sizes[size],
      json,
      quick,
    };
  } catch (error) {
    return messageOf(error);
  }
}
