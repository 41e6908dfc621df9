import type { Metrics } from '#shared/metrics.ts';
import type { NodeReading } from './node-reading.ts';

/** What node_exporter shows of /proc/self/net/stat/nf_conntrack, and says of it. They only grow, but it calls them gauges. */
const counters: Readonly<Record<string, string>> = {
  found: 'Number of searched entries which were successful.',
  invalid: 'Number of packets seen which can not be tracked.',
  ignore: 'Number of packets seen which are already connected to a conntrack entry.',
  insert: 'Number of entries inserted into the list.',
  insert_failed: 'Number of entries for which list insertion was attempted but failed.',
  drop: 'Number of packets dropped due to conntrack failure.',
  early_drop: 'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.',
  search_restart: 'Number of conntrack table lookups which had to be restarted due to hashtable resizes.',
};

/** The collector conntrack. Without connection tracking there is none of it. */
export function nodeConntrack(node: Metrics, reading: NodeReading): void {
  const gauge = (name: string, help: string, value: () => number | undefined) =>
    node.computed('gauge', `nf_conntrack_${name}`, help, () => {
      const found = value();
      return found === undefined ? [] : [[found]];
    });
  const entries = 'Number of currently allocated flow entries for connection tracking.';
  gauge('entries', entries, () => reading.conntrack?.entries);
  gauge('entries_limit', 'Maximum size of connection tracking table.', () => reading.conntrack?.limit);
  for (const [name, help] of Object.entries(counters)) gauge(`stat_${name}`, help, () => reading.conntrack?.counters.get(name));
}
