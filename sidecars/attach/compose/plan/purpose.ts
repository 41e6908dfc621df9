import type { Draft } from './draft.ts';
import type { Hosts } from './hosts.ts';

/** What a sidecar is for, in the words of a comment: `ships the log files of web`. */
export function purposeOf({ owner, wish, replica }: Draft, { addresses }: Hosts): string {
  const whose = replica === undefined ? owner.name : `container ${replica} of ${owner.name}`;
  switch (wish.sidecar) {
    case 'logs':
      return `ships the log files of ${whose}`;
    case 'backup':
      return `saves the data of ${whose}`;
    case 'ambassador':
      return `carries the connections of ${whose}${addresses.size === 0 ? '' : ` to ${[...addresses.keys()].join(', ')}`}`;
    case 'netprobe':
      return `measures the network of ${whose}`;
  }
}
