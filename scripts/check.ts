// npm run check: format, lint and types, without the tests.
import { demandPinnedNode } from './pinned.ts';
import { checks, runSteps } from './steps.ts';

demandPinnedNode();
process.exitCode = runSteps(checks).length === 0 ? 0 : 1;
