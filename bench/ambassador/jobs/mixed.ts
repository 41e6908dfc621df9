import type { Job } from './job.ts';

const clients = 4;

/** Bulk data and pings at the same time, each on connections and a route of its own. */
export const mixed: Job = {
  name: 'mixed',
  needs: 'routes',
  measures: [
    { key: 'mixedPing50', title: `ping, ${clients} connections beside ${clients} with bulk: p50, µs`, digits: 0 },
    { key: 'mixedPing99', title: '  p99, µs', digits: 0 },
    { key: 'mixedBulk', title: '  bulk beside it, GB/s', digits: 2 },
  ],
  run: async ({ load, other, ports, seconds, source }) => {
    const [bulk, ping] = await Promise.all([
      load.ask('bulk', { port: ports.load, clients, seconds, source }),
      other.ask('ping', { port: ports.other, clients, seconds }),
    ]);
    return { mixedPing50: ping.p50 * 1e6, mixedPing99: ping.p99 * 1e6, mixedBulk: bulk.bytes / 1e9 / bulk.seconds };
  },
};
