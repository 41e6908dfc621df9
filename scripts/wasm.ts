import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './pinned.ts';

const folder = 'sidecars/logs/record/wasm';

/** Where the hot path of the logs sidecar is written, and what it is compiled to. */
export const hotPath = { source: `${folder}/assembly/index.ts`, target: `${folder}/built.ts` } as const;

const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--noAssert'];

/** Compiles the hot path. @returns the text of its target. @throws Error with what the compiler says. */
export function compileHotPath(): string {
  const out = mkdtempSync(join(tmpdir(), 'sidekick-wasm-'));
  try {
    const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const words = [compiler, hotPath.source, '--outFile', join(out, 'hot-path.wasm'), ...options];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${hotPath.source} does not compile:\n${stderr}`);
    return textOf(readFileSync(join(out, 'hot-path.wasm')));
  } finally {
    rmSync(out, { recursive: true });
  }
}

function textOf(binary: Buffer): string {
  return `// Made of assembly/ by \`npm run build:wasm\`: ${binary.length} bytes of WebAssembly. Not to be edited.

/** The module of the hot path, in base64. */
export const built =
  '${binary.toString('base64')}';
`;
}
