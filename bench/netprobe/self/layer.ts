import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Stage } from '../../stage.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** How large the layer is that the image of the sidecar adds to the base, as gzip makes it, in bytes. @throws Error */
export function layerBytes(stage: Stage): number {
  const folder = stage.newFolder('layer');
  run(process.execPath, ['images/bundle.ts', 'netprobe', folder], root);
  run('tar', ['--create', '--file=../layer.tar', '--sort=name', '--owner=0', '--group=0', '--mtime=@0', '.'], folder);
  return run('gzip', ['--stdout', '--no-name', 'layer.tar'], stage.folder).length;
}

function run(command: string, args: readonly string[], cwd: string): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.toString()}`);
  return stdout;
}
