// npm run format: writes what `npm run check` would ask for, where a machine can.
import { demandPinnedNode } from './pinned.ts';
import { runSteps } from './steps.ts';

demandPinnedNode();
const failed = runSteps([{ title: 'format', command: ['biome', 'check', '--write', '.'] }]);
process.exitCode = failed.length === 0 ? 0 : 1;
