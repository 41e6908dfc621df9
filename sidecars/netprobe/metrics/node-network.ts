import type { Metrics } from '#shared/metrics.ts';
import type { LinkNumber, LinkProperties } from '../proc/link-properties.ts';
import type { NodeInterface, NodeReading } from './node-reading.ts';

/** Columns of /proc/self/net/dev. */
const columns = [
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'].map((column) => `receive_${column}`),
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'].map((column) => `transmit_${column}`),
];

/** Files of /sys/class/net/NAME by what node_exporter calls their numbers. */
const gauges: readonly (readonly [string, LinkNumber])[] = [
  ['address_assign_type', 'addr_assign_type'],
  ['carrier', 'carrier'],
  ['device_id', 'dev_id'],
  ['dormant', 'dormant'],
  ['flags', 'flags'],
  ['iface_id', 'ifindex'],
  ['iface_link', 'iflink'],
  ['iface_link_mode', 'link_mode'],
  ['mtu_bytes', 'mtu'],
  ['name_assign_type', 'name_assign_type'],
  ['net_dev_group', 'netdev_group'],
  ['protocol_type', 'type'],
  ['transmit_queue_length', 'tx_queue_len'],
];

/** Those that only grow. */
const counters: readonly (readonly [string, LinkNumber])[] = [
  ['carrier_changes_total', 'carrier_changes'],
  ['carrier_down_changes_total', 'carrier_down_count'],
  ['carrier_up_changes_total', 'carrier_up_count'],
];

/** How many bytes a second a megabit a second is. */
const bytesOfMegabit = 125_000;

/** The collectors netdev and netclass. */
export function nodeNetwork(node: Metrics, reading: NodeReading): void {
  const each = function* (value: (one: NodeInterface) => number | undefined) {
    for (const one of reading.interfaces) {
      const found = value(one);
      if (found !== undefined) yield [found, one.device] as const;
    }
  };
  const links = (value: (link: LinkProperties) => number | undefined) => each(({ link }) => link && value(link));
  for (const column of columns) {
    node.computed('counter', `network_${column}_total`, `Network device statistic ${column}.`, () =>
      each(({ counters }) => counters.get(column)),
    );
  }
  const number = (file: LinkNumber) => () => links(({ numbers }) => numbers.get(file));
  const help = 'Network device statistic receive_nohandler.';
  node.computed('counter', 'network_receive_nohandler_total', help, number('statistics/rx_nohandler'));
  for (const [name, file] of counters) node.computed('counter', `network_${name}`, property(name), number(file));
  for (const [name, file] of gauges) node.computed('gauge', `network_${name}`, property(name), number(file));
  node.computed('gauge', 'network_speed_bytes', property('speed_bytes'), () =>
    // -1 is a speed that the driver does not know: node_exporter shows that as -125000, and means to leave it out one day
    links(({ numbers }) => {
      const speed = numbers.get('speed');
      return speed === undefined || speed < 0 ? undefined : speed * bytesOfMegabit;
    }),
  );
  node.computed('gauge', 'network_up', "Value is 1 if operstate is 'up', 0 otherwise.", () =>
    links(({ words }) => Number(words.operstate === 'up')),
  );
  const info = 'Non-numeric data from /sys/class/net/<iface>, value is always 1.';
  node.computed('gauge', 'network_info', info, function* () {
    for (const { name, link } of reading.interfaces) {
      if (link === undefined) continue;
      const adminstate = link.on === undefined ? 'unknown' : link.on ? 'up' : 'down';
      yield [1, { device: name, ...link.words, adminstate }] as const;
    }
  });
}

function property(name: string): string {
  return `Network device property: ${name}`;
}
