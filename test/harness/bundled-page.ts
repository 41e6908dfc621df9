import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { AdminHandler } from '#shared/admin.ts';

/** The live page of a sidecar as it is in the image: bundled and minified. */
export async function bundledPage(sidecar: string): Promise<AdminHandler> {
  const entry = fileURLToPath(new URL(`../../sidecars/${sidecar}/page/page.ts`, import.meta.url));
  const options = { bundle: true, minify: true, platform: 'node', target: 'node26', format: 'cjs', write: false } as const;
  const { outputFiles } = await build({ entryPoints: [entry], ...options });
  const made: { exports: { page?: AdminHandler } } = { exports: {} };
  new Function('module', 'exports', 'require', outputFiles[0]?.text ?? '')(made, made.exports, createRequire(import.meta.url));
  assert.ok(made.exports.page);
  return made.exports.page;
}
