import type { Connects } from '../load/connects.ts';
import { coreMeasures, coreValues } from './core.ts';
import type { Job, Measure } from './job.ts';

/** Connections made, used for a byte each way, and closed; 32 at the same time. */
export const connects: Job = {
  name: 'connects',
  measures: connectsMeasures('connects', 'connections made and closed: 1000/s', 1),
  run: async ({ load, ports, proxy, seconds }) => {
    const found = await load.ask('connects', { port: ports.load, seconds, proxy });
    return connectsValues('connects', found, 1000);
  },
};

export function connectsMeasures(key: string, title: string, digits: number): Measure[] {
  return [
    { key, title, digits },
    { key: `${key}Cpu`, title: '  CPU-µs each', digits: 0 },
    ...coreMeasures(key),
    { key: `${key}Failed`, title: '  failed, of 1000', digits: 0, aside: true },
  ];
}

/** @param unit how many connections a second are one. */
export function connectsValues(key: string, found: Connects, unit: number): Record<string, number> {
  const { connections, failed, ...window } = found;
  return {
    [key]: connections / window.seconds / unit,
    [`${key}Cpu`]: (window.cpu / connections) * 1e6,
    ...coreValues(key, window),
    [`${key}Failed`]: (failed / (connections + failed)) * 1000,
  };
}
