// npm run watch [-- FILE…]: the tests again at every change, while working.
import { spawn } from 'node:child_process';
import { demandPinnedNode, root } from './pinned.ts';

demandPinnedNode();
const named = process.argv.slice(2);
const files = named.length > 0 ? named : ['test/shared/**/*.test.ts', 'test/sidecars/**/*.test.ts'];
spawn(process.execPath, ['--test', '--watch', ...files], { cwd: root, stdio: 'inherit' });
