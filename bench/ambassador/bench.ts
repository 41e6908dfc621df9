// The ambassador beside other proxies: bulk data, small messages, connections, memory, TLS, start.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench } from '../bench.ts';
import type { Order } from './measure.ts';
import { described, planFor } from './plan.ts';
import { surroundings } from './surroundings.ts';

/** `npm run bench -- ambassador` */
export const bench: Bench = {
  summary: 'carries TCP connections: sidekick/ambassador with both its engines, and haproxy, nginx and socat where PATH has them',
  options: described,
  run: async (words) => {
    const plan = planFor(words);
    if (typeof plan === 'string') return plan;
    if (!existsSync('/proc/self/smaps_rollup')) throw new Error('the bench reads /proc/PID/smaps_rollup: it needs Linux');
    await measure({ plan, surroundings: surroundings() });
    return undefined;
  },
};

/** Measures in a process of its own, as a network namespace is entered by being started in it. Its exit code becomes that of this one. */
async function measure(order: Order): Promise<void> {
  const script = fileURLToPath(new URL('measure.ts', import.meta.url));
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, JSON.stringify(order)];
  const [command = '', ...args] = [...order.surroundings.before, ...node];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let interrupted = false;
  const pass = (signal: NodeJS.Signals) => {
    interrupted = true;
    child.kill(signal);
  };
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  process.off('SIGINT', pass).off('SIGTERM', pass);
  // no further bench is begun then
  if (interrupted) process.exit(code ?? 1);
  if (code !== 0) process.exitCode = 1;
  if (signal !== null) console.error(`sidekick bench: the process that measures was ended by ${signal}`);
}
