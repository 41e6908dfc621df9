import type { Finding } from '../findings.ts';
import { digits } from '../table.ts';
import type { Key, Results } from './results.ts';
import { settingOf } from './settings.ts';

/** How much processor time a packet may take beside tcpdump, by the size of its frame. */
const shares = [
  [100, 1.25],
  [1400, 0.7],
] as const;

/** What the capture is built to reach, as far as it was measured. */
export function findings(results: Results): Finding[] {
  return shares.flatMap(([size, most]) => {
    const setting = settingOf(size, 'file');
    return [
      ...ratio(results, `${size} B to a file: the processor time of tcpdump`, most, { setting, measure: 'cpuUs' }),
      ...noMore(results, `${size} B to a file, as fast as can be: drops, of all that tcpdump has`, setting),
      ...none(results, `${size} B to a file: packets lost at the end`, setting),
    ];
  });
}

function ratio(results: Results, title: string, most: number, key: Pick<Key, 'setting' | 'measure'>): Finding[] {
  const [ours, theirs] = ['sidekick', 'tcpdump'].map((who) => results.median({ part: 'write', who, ...key }));
  if (ours === undefined || theirs === undefined) return [];
  return [{ title, asked: `≤ ${digits(most, 2)}×`, found: ours / theirs, reached: ours / theirs <= most }];
}

function noMore(results: Results, title: string, setting: string): Finding[] {
  const [ours, theirs] = ['sidekick', 'tcpdump'].map((who) =>
    results.median({ part: 'write', setting, who, measure: 'droppedShare' }),
  );
  if (ours === undefined || theirs === undefined) return [];
  const percent = (share: number) => `${digits(share * 100, 2)} %`;
  return [{ title, asked: `≤ ${percent(theirs)}`, found: ours, told: percent(ours), reached: ours <= theirs }];
}

/** In no round at all. */
function none(results: Results, title: string, setting: string): Finding[] {
  const found = results.sum({ part: 'write', setting, who: 'sidekick', measure: 'lost' });
  return found === undefined ? [] : [{ title, asked: '0', found, told: digits(found, 0), reached: found === 0 }];
}
