import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { chosen } from '../chosen.ts';
import { type SettingName, settings } from '../stores/settings.ts';
import { type CorpusName, corpusNames } from './corpora/corpus.ts';
import { peers } from './peers/all.ts';

/** What is to be measured. */
export interface Plan {
  readonly rounds: number;
  readonly corpora: readonly CorpusName[];
  readonly settings: readonly SettingName[];
  /** Names of peers. */
  readonly peers: readonly string[];
  /** How many small files there are, and the bytes of all big ones together. */
  readonly size: { readonly files: number; readonly bytes: number };
  readonly json: boolean;
  /** Whether it is done for crashes only. */
  readonly quick: boolean;
}

const names = { corpora: corpusNames, settings: settings.map(({ name }) => name), peers: peers.map(({ name }) => name) } as const;

/** Its options, for --help. */
export const described = `
  --corpora=NAME,…   some of: ${names.corpora.join(', ')}
  --settings=NAME,…  some of: ${names.settings.join(', ')}; S3 is what AWS_ENDPOINT_URL_S3 and the other variables of AWS name,
                     or SIDEKICK_TEST_S3=http://KEY:SECRET@HOST:PORT; it gets a bucket of its own, which is removed
  --peers=NAME,…     some of: ${names.peers.join(', ')}
  --rounds=N         how often each is measured, one after the other; the tables have the medians (3)
  --json             all that was measured, as JSON
  --quick            small corpora, once: it shows that nothing crashes, and its numbers mean nothing
  Everything is in a folder below TMPDIR; TMPDIR=/dev/shm leaves the disk out.`;

const options = {
  corpora: { type: 'string', default: names.corpora.join() },
  settings: { type: 'string', default: names.settings.join() },
  peers: { type: 'string', default: names.peers.join() },
  rounds: { type: 'string', default: '3' },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

const sizes = { whole: { files: 50_000, bytes: 2 ** 30 }, quick: { files: 400, bytes: 2 ** 23 } } as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const rounds = Number(values.rounds);
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    const { json, quick } = values;
    return {
      rounds: quick ? 1 : rounds,
      corpora: chosen('corpora', values.corpora, names.corpora),
      settings: chosen('settings', values.settings, names.settings),
      peers: chosen('peers', values.peers, names.peers),
      size: quick ? sizes.quick : sizes.whole,
      json,
      quick,
    };
  } catch (error) {
    return messageOf(error);
  }
}
