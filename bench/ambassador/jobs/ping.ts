import { coreMeasures, coreValues } from './core.ts';
import type { Job } from './job.ts';

/** 64 bytes there and back, on so many connections. */
export function ping(clients: number): Job {
  const key = `ping${clients}`;
  return {
    name: 'ping',
    measures: [
      { key, title: `ping of 64 B, ${clients} ${clients === 1 ? 'connection' : 'connections'}: 1000/s`, digits: 1 },
      { key: `${key}p50`, title: '  p50, µs', digits: 0 },
      { key: `${key}p99`, title: '  p99, µs', digits: 0 },
      { key: `${key}Cpu`, title: '  CPU-µs each', digits: 1 },
      ...coreMeasures(key),
    ],
    run: async ({ load, ports, proxy, seconds }) => {
      const { trips, p50, p99, ...window } = await load.ask('ping', { port: ports.load, clients, seconds, proxy });
      return {
        [key]: trips / window.seconds / 1000,
        [`${key}p50`]: p50 * 1e6,
        [`${key}p99`]: p99 * 1e6,
        [`${key}Cpu`]: (window.cpu / trips) * 1e6,
        ...coreValues(key, window),
      };
    },
  };
}
