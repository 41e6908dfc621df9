import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stage } from './stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The words behind `node` that start a sidecar as its image does: V8's limits, and the bundle, made once for each stage. @throws Error */
export function bundled(stage: Stage, sidecar: string): readonly string[] {
  const file = join(stage.folder, 'sidekick', `${sidecar}.cjs`);
  if (!existsSync(file)) {
    const words = ['images/bundle.ts', sidecar, stage.folder];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`sidekick/${sidecar} cannot be bundled: ${stderr}`);
  }
  return ['--max-old-space-size-percentage=60', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning', file];
}

/** Whether there is a sidecar of that name to be bundled. */
export function exists(sidecar: string): boolean {
  return existsSync(join(root, 'sidecars', sidecar, 'main.ts'));
}
