import type { Bulk } from '../load/bulk.ts';
import { coreMeasures, coreValues } from './core.ts';
import type { Job, Measure } from './job.ts';

/** As many bytes as go, from backends to so many clients. */
export function bulk(clients: number): Job {
  const key = `bulk${clients}`;
  const title = `bulk, ${clients} ${clients === 1 ? 'connection' : 'connections'}`;
  return {
    name: 'bulk',
    measures: bulkMeasures(key, title),
    run: async ({ load, ports, proxy, seconds, source }) =>
      bulkValues(key, await load.ask('bulk', { port: ports.load, clients, seconds, proxy, source })),
  };
}

export function bulkMeasures(key: string, title: string): Measure[] {
  return [
    { key, title: `${title}: GB/s`, digits: 2 },
    { key: `${key}Cpu`, title: '  CPU-s/GB', digits: 3 },
    ...coreMeasures(key),
  ];
}

export function bulkValues(key: string, { bytes, ...window }: Bulk): Record<string, number> {
  const gigabytes = bytes / 1e9;
  return { [key]: gigabytes / window.seconds, [`${key}Cpu`]: window.cpu / gigabytes, ...coreValues(key, window) };
}
