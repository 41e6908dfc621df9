import { bulkMeasures, bulkValues } from './bulk.ts';
import { connectsMeasures, connectsValues } from './connects.ts';
import type { Job } from './job.ts';

/** TLS 1.3 that ends at the proxy: bulk data on one connection, and handshakes with a certificate of the curve P-256. */
export const tls: Job = {
  name: 'tls',
  needs: 'tls',
  measures: [
    ...bulkMeasures('tls', 'TLS, 1 connection'),
    ...connectsMeasures('handshakes', 'TLS connections made and closed: 1/s', 0),
  ],
  run: async ({ load, tls: clients, ports, proxy, seconds, source }) => {
    await load.ask('serve', source);
    const bulk = await clients.ask('bulk', { port: ports.tls, seconds, proxy });
    await load.ask('serve', 'echo');
    const made = await clients.ask('connects', { port: ports.tls, seconds, proxy });
    await load.ask('close', null);
    return { ...bulkValues('tls', bulk), ...connectsValues('handshakes', made, 1) };
  },
};
