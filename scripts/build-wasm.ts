// npm run build:wasm: compiles the AssemblyScript of the logs sidecar to the module that is bundled with it.
import { writeFileSync } from 'node:fs';
import { demandPinnedNode, root } from './pinned.ts';
import { compileHotPath, hotPath } from './wasm.ts';

demandPinnedNode();
writeFileSync(root + hotPath.target, compileHotPath());
console.log(hotPath.target);
