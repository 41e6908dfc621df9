import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { chosen } from '../chosen.ts';

/** What can be measured. */
export const partNames = ['scan', 'scrape', 'text', 'self', 'ends'] as const;
export type PartName = (typeof partNames)[number];

/** What the probe is measured beside. */
export const peerNames = ['ss', 'node_exporter'] as const;
export type PeerName = (typeof peerNames)[number];

/** What is to be measured. */
export interface Plan {
  readonly rounds: number;
  /** How long what goes on is measured, in seconds. */
  readonly seconds: number;
  readonly only: readonly PartName[];
  readonly peers: readonly PeerName[];
  /** At how many sockets it is scanned and scraped, in ascending order; it is scraped with hardly any too. */
  readonly sizes: readonly number[];
  /** At how many sockets it has to be quick to answer, and small. */
  readonly most: number;
  /** How long memory may settle, in milliseconds. */
  readonly settle: number;
  /** How often something is done unmeasured before it is measured. */
  readonly warm: number;
  readonly json: boolean;
  /** Whether it is done for crashes only. */
  readonly quick: boolean;
}

/** Its options, for --help. */
export const described = `
  --only=NAME,…      some of: ${partNames.join(', ')}
                     scan, sockets that are read; scrape, processor time of a scrape; text, an exposition of 10 000 series;
                     self, memory, start, image layer, and answers while it reads; ends, ends of connections
  --peers=NAME,…     some of: ${peerNames.join(', ')}
  --rounds=N         how often each is measured, one after the other; the tables have the medians (3)
  --seconds=N        how long each is measured (4)
  --json             all that was measured, as JSON
  --quick            little of everything: it shows that nothing crashes, and its numbers mean nothing
  All of it is in a network namespace of its own, for which it takes root; 100 000 sockets take 500 MB of memory.`;

const options = {
  only: { type: 'string', default: partNames.join() },
  peers: { type: 'string', default: peerNames.join() },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '4' },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

const whole = { sizes: [10_000, 50_000], most: 100_000, settle: 20_000, warm: 40 } as const;
const little = { sizes: [1000], most: 2000, settle: 2000, warm: 2, rounds: 1, seconds: 0.5 } as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const { json, quick } = values;
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (!(seconds > 0)) return `--seconds=${values.seconds} is no number of seconds`;
    const only = chosen('only', values.only, partNames);
    const peers = chosen('peers', values.peers, peerNames);
    return { ...whole, rounds, seconds, only, peers, json, quick, ...(quick && little) };
  } catch (error) {
    return messageOf(error);
  }
}
