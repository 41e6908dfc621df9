import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { root } from './pinned.ts';

/** A file of an example that attach makes of another. */
export interface AttachedFile {
  /** The file that says what is wanted, below the root of the repository. */
  readonly source: string;
  /** The file that is made of it. */
  readonly target: string;
  readonly kubernetes: boolean;
}

/** Every file of an example that attach has made of the one beside it. */
export function attachedFiles(): AttachedFile[] {
  return globSync('compose-examples/*/{compose,kubernetes}.sidekick.yaml', { cwd: root })
    .sort()
    .map((target) => {
      const source = target.replace('.sidekick.yaml', '.yaml');
      if (!existsSync(root + source)) throw new Error(`${target} is there without ${source}, of which it is made`);
      return { source, target, kubernetes: source.endsWith('/kubernetes.yaml') };
    });
}

/** Makes a file anew. @throws Error where attach refuses what is wanted. */
export function attachAnew({ source, target, kubernetes }: AttachedFile): void {
  const words = [`${root}sidecars/attach/main.ts`, '-f', source, '-o', target, ...(kubernetes ? ['--kubernetes'] : [])];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${target} could not be made of ${source}: ${stderr}`);
}
