import { setTimeout as sleep } from 'node:timers/promises';
import { privateDirty, treeOf } from '../../usage.ts';
import type { Job } from './job.ts';

/** How long memory may settle before it is looked at, in milliseconds. */
const rest = 500;

/** So many connections that carry nothing, and then so many more. */
export function idle(counts: readonly number[]): Job {
  const most = counts.at(-1) ?? 0;
  const measures = [0, ...counts].map((count, index) => ({
    key: `idle${count}`,
    title: index === 0 ? 'private dirty MiB, no connection' : `  ${count} idle connections`,
    digits: 1,
  }));
  return {
    name: 'idle',
    needs: 'idle',
    measures: [...measures, { key: 'idleEach', title: `  KiB each, of ${most}`, digits: 2 }],
    run: async ({ load, ports, proxy }) => {
      const memory = async () => {
        if (proxy === undefined) return Number.NaN;
        await sleep(rest);
        return treeOf(proxy).reduce((sum, pid) => sum + privateDirty(pid), 0);
      };
      const empty = await memory();
      const found: Record<string, number> = { idle0: empty / 2 ** 20 };
      let opened = 0;
      for (const count of counts) {
        await load.ask('open', { port: ports.load, count: count - opened });
        opened = count;
        const bytes = await memory();
        found[`idle${count}`] = bytes / 2 ** 20;
        found.idleEach = (bytes - empty) / count / 1024;
      }
      await load.ask('close', null);
      return found;
    },
  };
}
