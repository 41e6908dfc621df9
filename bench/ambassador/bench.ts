// The ambassador beside other proxies: bulk data, small messages, connections, memory, TLS, start.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { measureApart } from '../measuring-process.ts';
import type { Order } from './measure.ts';
import { described, planFor } from './plan.ts';
import { surroundings } from './surroundings.ts';

/** What measures. */
const script = fileURLToPath(new URL('measure.ts', import.meta.url));

/** `npm run bench -- ambassador` */
export const bench: Bench = {
  summary: 'carries TCP connections: sidekick/ambassador with both its engines, and haproxy, nginx and socat where PATH has them',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (!existsSync('/proc/self/smaps_rollup')) throw new Error('the bench reads /proc/PID/smaps_rollup: it needs Linux');
    const order: Order = { plan, surroundings: surroundings() };
    await measureApart(order.surroundings.before, script, order);
    return undefined;
  },
};
