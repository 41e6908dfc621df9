import type { Metrics } from '#shared/metrics.ts';
import type { NodeReading } from './node-reading.ts';

/**
 * The counters that node_exporter shows unless it is told otherwise (its flag --collector.netstat.fields, of 1.11), by their group. It
 * has an expression for them; these are all that kernels have to fit it.
 */
const shown: Readonly<Record<string, readonly string[]>> = {
  Icmp: ['InErrors', 'InMsgs', 'OutMsgs'],
  Icmp6: ['InErrors', 'InMsgs', 'OutMsgs'],
  Ip: ['Forwarding'],
  Ip6: ['InOctets', 'OutOctets'],
  IpExt: ['InOctets', 'OutOctets'],
  Tcp: ['ActiveOpens', 'CurrEstab', 'InErrs', 'InSegs', 'OutRsts', 'OutSegs', 'PassiveOpens', 'RetransSegs'],
  TcpExt: [
    ...['ListenDrops', 'ListenOverflows', 'SyncookiesFailed', 'SyncookiesRecv', 'SyncookiesSent'],
    ...['TCPOFOQueue', 'TCPRcvQDrop', 'TCPSynRetrans', 'TCPTimeouts'],
  ],
  Udp: ['InDatagrams', 'InErrors', 'NoPorts', 'OutDatagrams', 'RcvbufErrors', 'SndbufErrors'],
  Udp6: ['InDatagrams', 'InErrors', 'NoPorts', 'OutDatagrams', 'RcvbufErrors', 'SndbufErrors'],
  UdpLite: ['InErrors'],
  UdpLite6: ['InErrors'],
};

/** The collector netstat. Its numbers have no type, for some of them go down: `Tcp_CurrEstab`, `Ip_Forwarding`. */
export function nodeNetstat(node: Metrics, reading: NodeReading): void {
  for (const [group, names] of Object.entries(shown)) {
    for (const name of names) {
      node.computed('untyped', `netstat_${group}_${name}`, `Statistic ${group}${name}.`, () => {
        const value = reading.counters.get(`${group}_${name}`);
        return value === undefined ? [] : [[value]];
      });
    }
  }
}
