// node capture-live.ts PLAN: captures as the JSON of PLAN says, until SIGTERM. What is told goes to the standard error, a line of JSON for each; blocks of a view
// go to the standard output. SIGUSR1 saves. `silent` of the plan shows nothing of a view, for ever.
import { writeSync } from 'node:fs';
import { openLibc } from '#shared/linux/libc.ts';
import { captureWorkerFile } from '../../../../../../sidecars/netprobe/capture/capture-worker-file.ts';
import { LiveCapture } from '../../../../../../sidecars/netprobe/capture/ring/live-capture.ts';
import { planOf } from '../plans.ts';

const { isSilent, ...plan } = planOf(JSON.parse(process.argv[2] ?? '{}'));
const say = (what: object) => void writeSync(2, `${JSON.stringify(what)}\n`);
const live = new LiveCapture(openLibc(), captureWorkerFile, plan, {
  blocks: (blocks) => (isSilent ? new Promise<void>(() => {}) : void writeSync(1, blocks)),
  closed: (file) => say({ closed: file }),
  statistics: (statistics) => say({ statistics }),
  warning: (warning) => say({ warning }),
  capturing: () => say({ capturing: true }),
});
process.on('SIGTERM', () => live.stop());
process.on('SIGUSR1', () => live.save('a signal'));
// leaves at once, as a second signal has a sidecar do
process.on('SIGUSR2', () => process.exit(7));
const { why, statistics } = await live.ended;
say({ ended: why, statistics });
process.exit(0);
