// The network probe: sockets that are read, scrapes, ends of connections, and what it costs beside ss and node_exporter.
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { measureApart } from '../measuring-process.ts';
import { mayHaveNamespace, namespaceCommand } from '../namespace.ts';
import { described, planFor } from './plan.ts';

/** What measures. */
const script = fileURLToPath(new URL('measure.ts', import.meta.url));

/** `npm run bench -- netprobe` */
export const bench: Bench = {
  summary: 'reads sockets and answers scrapes: sidekick/netprobe, and ss and node_exporter where PATH has them',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (mayHaveNamespace()) await measureApart(namespaceCommand, script, plan);
    else {
      const notes = [
        'no network namespace of its own, for which it takes Linux, root, unshare, mount and ip: nothing is measured',
      ];
      console.log(plan.json ? JSON.stringify({ plan, notes, samples: {}, goals: [] }, null, 2) : notes.join('\n'));
    }
    return undefined;
  },
};
