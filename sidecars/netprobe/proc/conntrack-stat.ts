import type { Counters } from './counters.ts';

/**
 * Reads /proc/self/net/stat/nf_conntrack: the names, and a line of hexadecimal numbers for each processor.
 * @returns the sums over all processors: `drop`, `insert_failed`, `early_drop`. `entries` is no such sum: each line has the number of all.
 * @see net/netfilter/nf_conntrack_standalone.c, ct_cpu_seq_show
 */
export function conntrackStat(text: string): Counters {
  const [names = [], ...rows] = text.split('\n').map((line) => line.split(' ').filter((word) => word !== ''));
  const found = new Map<string, number>();
  for (const row of rows) {
    for (const [i, name] of names.entries()) {
      const value = Number(`0x${row[i] ?? ''}`);
      if (Number.isFinite(value) && name !== 'entries') found.set(name, (found.get(name) ?? 0) + value);
    }
  }
  return found;
}
