// The hot path of the logs sidecar in AssemblyScript, for WebAssembly with SIMD. `npm run build:wasm` makes ../built.ts of it.
import { makeExpansions, makeSimpleEscapes } from './escape';

export { container } from './container';
export { encode } from './lines';
export { tally } from './tally';

makeExpansions();
makeSimpleEscapes();
