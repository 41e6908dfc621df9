import { parseArgs } from 'node:util';
import { messageOf } from '#shared/exit.ts';
import { chosen } from '../chosen.ts';

/** What can be measured. */
export const partNames = ['write', 'live', 'text', 'filter', 'flows'] as const;
export type PartName = (typeof partNames)[number];

/** What the capture is measured beside. */
export const peerNames = ['tcpdump'] as const;
export type PeerName = (typeof peerNames)[number];

/** Where packets of the flood are written to. */
export const targets = ['file', 'null'] as const;
export type Target = (typeof targets)[number];

/** What is to be measured. */
export interface Plan {
  readonly rounds: number;
  /** How long each flood is, in seconds. */
  readonly seconds: number;
  /** Packets a second, for those who capture at leisure. */
  readonly rate: number;
  /** Bytes of a frame. */
  readonly sizes: readonly number[];
  /** How many packets the file has that is read. */
  readonly packets: number;
  readonly only: readonly PartName[];
  readonly peers: readonly PeerName[];
  readonly json: boolean;
  /** Whether it is done for crashes only. */
  readonly quick: boolean;
}

/** Its options, for --help. */
export const described = `
  --only=NAME,…      some of: ${partNames.join(', ')}
                     write, packets of a flood to a file and to /dev/null; live, lines of a flood; text, filter and flows, a file that is read:
                     as lines, through a filter, as conversations
  --peers=NAME,…     some of: ${peerNames.join(', ')}
  --rounds=N         how often each is measured, one after the other; the tables have the medians (3)
  --seconds=N        how long each flood is (3)
  --rate=N           packets a second of a flood that is kept up with (150000)
  --sizes=N,…        bytes of a frame, from 60 to 2048 (100,1400)
  --json             all that was measured, as JSON
  --quick            little of everything: it shows that nothing crashes, and its numbers mean nothing
  All of it is in two network namespaces of its own, for which it takes root; files of a flood take up to 2 GB.`;

const options = {
  only: { type: 'string', default: partNames.join() },
  peers: { type: 'string', default: peerNames.join() },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '3' },
  rate: { type: 'string', default: '150000' },
  sizes: { type: 'string', default: '100,1400' },
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
} as const;

const whole = { packets: 300_000 } as const;
const little = { packets: 2000, rate: 20_000, rounds: 1, seconds: 0.25 } as const;

/** What is to be done, or what is wrong with the options. */
export function planFor(words: readonly string[]): Plan | string {
  try {
    const { values } = parseArgs({ args: [...words], options });
    const { json, quick } = values;
    const [rounds, seconds, rate] = [Number(values.rounds), Number(values.seconds), Number(values.rate)];
    const sizes = values.sizes.split(',').map(Number);
    if (!(Number.isInteger(rounds) && rounds > 0)) return `--rounds=${values.rounds} is no number of rounds`;
    if (!(seconds > 0)) return `--seconds=${values.seconds} is no number of seconds`;
    if (!(Number.isInteger(rate) && rate > 0)) return `--rate=${values.rate} is no number of packets a second`;
    if (!sizes.every((size) => Number.isInteger(size) && size >= 60 && size <= 2048))
      return `--sizes=${values.sizes} are no sizes of frames: 60 to 2048 bytes`;
    const only = chosen('only', values.only, partNames);
    const peers = chosen('peers', values.peers, peerNames);
    return { ...whole, rounds, seconds, rate, sizes, only, peers, json, quick, ...(quick && little) };
  } catch (error) {
    return messageOf(error);
  }
}
