import type { Wish } from '../../wish/wish.ts';

/** What a sidecar is for, in the words of a comment: `ships the log files of web`. */
export function purposeOf({ sidecar, hosts }: Wish, container: string): string {
  const names = [...new Set(hosts.map(({ name }) => name))];
  switch (sidecar) {
    case 'logs':
      return `ships the log files of ${container}`;
    case 'backup':
      return `saves the data of ${container}`;
    case 'ambassador':
      return `carries the connections of ${container}${names.length > 0 ? ` to ${names.join(', ')}` : ''}`;
    case 'netprobe':
      return `measures the network of ${container}`;
  }
}
