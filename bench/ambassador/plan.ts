import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { jobNames } from './jobs/all.ts';
import type { Service } from './load/backend.ts';
import { peers } from './peers/all.ts';

/** What is to be measured. */
export interface Plan {
  readonly rounds: number;
  /** How long each thing is measured, in seconds. */
  readonly seconds: number;
  /** How many connections are idle, in ascending order. */
  readonly idle: readonly number[];
  /** Names of jobs and of peers. */
  readonly only: readonly string[];
  readonly peers: readonly string[];
  readonly source: Service;
  readonly json: boolean;
}

/** Its options, for --help. */
export const described = `
  --only=NAME,…      some jobs of: ${jobNames.join(', ')}
  --peers=NAME,…     some of: ${peers.map(({ name }) => name).join(', ')}
  --rounds=N         how often each is measured, one after the other; the tables have the medians (3)
  --seconds=N        how long each is measured (2)
  --source=KIND      how bulk data is sent: sendfile, which costs the load least, or send, as most programs do it (sendfile)
  --json             all that was measured, as JSON
  --quick            little of everything: it shows that nothing crashes, and its numbers mean nothing`;

const options = {
  only: { type: 'string', default: jobNames.join() },
  peers: { type: 'string', default: peers.map(({ name }) => name).join() },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '2' },
  source: { type: 'string', default: 'sendfile' },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const [only, named] = [values.only.split(','), values.peers.split(',')];
    const strangeJob = only.find((name) => !jobNames.includes(name));
    if (strangeJob !== undefined) return `--only: there is no job ${strangeJob}; there are: ${jobNames.join(', ')}`;
    const strangePeer = named.find((name) => peers.every((peer) => peer.name !== name));
    if (strangePeer !== undefined)
      return `--peers: there is no peer ${strangePeer}; there are: ${peers.map(({ name }) => name).join(', ')}`;
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (!(seconds > 0)) return `--seconds=${values.seconds} is no number of seconds`;
    const { source, json, quick } = values;
    if (source !== 'send' && source !== 'sendfile') return `--source=${source} is neither send nor sendfile`;
    const whole = { only, peers: named, source, json } as const;
    return quick ? { ...whole, rounds: 1, seconds: 0.1, idle: [50, 200] } : { ...whole, rounds, seconds, idle: [5000, 9900] };
  } catch (error) {
    return messageOf(error);
  }
}
