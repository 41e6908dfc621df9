// Capture of packets: floods that are written and shown, and files that are read, beside tcpdump.
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import { measureApart } from '../measuring-process.ts';
import { mayHaveNamespace, namespaceCommand } from '../namespace.ts';
import { described, planFor } from './plan.ts';

/** What measures. */
const script = fileURLToPath(new URL('measure.ts', import.meta.url));

/** `npm run bench -- capture` */
export const bench: Bench = {
  summary: 'captures packets: sidekick/netprobe capture, and tcpdump where PATH has it',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (mayHaveNamespace()) await measureApart(namespaceCommand, script, plan);
    else {
      const notes = [
        'no network namespaces of its own, for which it takes Linux, root, unshare, mount and ip: nothing is measured',
      ];
      console.log(plan.json ? JSON.stringify({ plan, notes, samples: {}, goals: [] }, null, 2) : notes.join('\n'));
    }
    return undefined;
  },
};
