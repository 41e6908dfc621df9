import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The words behind `node` that start a sidecar as its image does: the flags of its entry point, and the bundle, made once for each stage. @throws Error */
export function bundled(stage: Stage, sidecar: string): readonly string[] {
  const file = join(stage.folder, 'sidekick', `${sidecar}.cjs`);
  if (!existsSync(file)) {
    for (const target of ['base', sidecar]) {
      const words = ['images/bundle.ts', target, stage.folder];
      const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
      if (status !== 0) throw new Error(`sidekick/${target} cannot be bundled: ${stderr}`);
    }
  }
  return [...flagsOf(sidecar), file];
}

/** What stands between `node` and the bundle in the image's entry point. */
function flagsOf(sidecar: string): readonly string[] {
  const dockerfile = readFileSync(join(root, 'images', 'Dockerfile'), 'utf8');
  const words = dockerfile.match(new RegExp(`^ENTRYPOINT (\\[.*"/sidekick/${sidecar}\\.cjs"\\])$`, 'm'))?.[1];
  if (words === undefined) throw new Error(`images/Dockerfile has no entry point of sidekick/${sidecar}`);
  return JSON.parse(words).slice(1, -1);
}

/** Whether there is a sidecar of that name to be bundled. */
export function exists(sidecar: string): boolean {
  return existsSync(join(root, 'sidecars', sidecar, 'main.ts'));
}
