import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Soak } from '../soak.ts';
import type { Tally } from './torture.ts';

export const soak: Soak = {
  summary:
    'The splice engine believes no errno that is not its own: calls that fail, in a worker, with garbage collected in between.',
  options: '  --calls=NUMBER   system calls that fail, in all (100000000)',
  async run(options) {
    const { values } = parseArgs({ args: [...options], options: { calls: { type: 'string', default: '100000000' } } });
    const calls = Number(values.calls);
    if (!Number.isSafeInteger(calls) || calls < 1) return `--calls=${values.calls} is no number of calls`;
    const begun = performance.now();
    const worker = new Worker(new URL('torture.ts', import.meta.url), {
      workerData: { calls },
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    let last: Tally | undefined;
    worker.on('message', (tally: Tally) => {
      last = tally;
      if (process.stderr.isTTY) process.stderr.write(`\r${((100 * tally.calls) / calls).toFixed(0)} %`);
    });
    const [code] = await once(worker, 'exit');
    if (process.stderr.isTTY) process.stderr.write('\r');
    if (code !== 0 || last === undefined || last.calls < calls) return `the worker ended with ${code} before it was done`;
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(
      `${last.calls} calls that failed in ${seconds} s, ${last.foreign} times with the errno of another call, ${last.resets} false resets`,
    );
    return last.resets === 0 ? undefined : `${last.resets} connections would have been reset for nothing`;
  },
};
