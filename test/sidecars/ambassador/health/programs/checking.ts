// Checks the address in its first argument, and tells its parent of each attempt and each result.
// `exhaust` takes all file descriptors, `free` gives them back.
import { closeSync, openSync } from 'node:fs';
import { messageOf } from '#shared/exit.ts';
import { Checker } from '../../../../../sidecars/ambassador/health/checker.ts';
import { probeOf } from '../../../../../sidecars/ambassador/health/probes/probe.ts';
import { endpoint, route } from '../probing.ts';

const taken: number[] = [];
let taking: NodeJS.Timeout | undefined;
const [address = ''] = process.argv.slice(2);
const { options } = route(`1=${address}?check=tcp`);
const check = probeOf(options.check, options, 1000, undefined);

const checker = new Checker(
  endpoint(address),
  {
    probe: async (...args) => {
      const failure = await check?.(...args).then(
        () => undefined,
        (error: unknown) => error,
      );
      process.send?.(failure === undefined ? 'well' : messageOf(failure));
      if (failure !== undefined) throw failure;
    },
    interval: 10,
    rise: 1,
    fall: 1,
  },
  () => process.send?.(checker.state),
);

process.on('message', (message) => {
  clearInterval(taking);
  // again and again: a check that was under way gives one back
  if (message === 'exhaust') taking = setInterval(exhaust, 1);
  else for (const fd of taken.splice(0)) closeSync(fd);
});
process.on('disconnect', () => checker.close());

function exhaust(): void {
  for (;;) {
    try {
      taken.push(openSync('/dev/null', 'r'));
    } catch {
      return;
    }
  }
}
