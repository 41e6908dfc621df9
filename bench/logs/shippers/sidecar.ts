import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stage } from '../../stage.ts';
import type { Shipper } from '../shipper.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** sidekick/logs, bundled and started as in its image. */
export const sidecar: Shipper = {
  name: 'sidekick/logs',
  follows: true,
  ends: true,
  start: ({ stage, files, ports, folder, once }) => {
    const env = {
      LOGS_TO: `http://127.0.0.1:${ports.http}/`,
      LOGS_STATE: folder,
      LOGS_ADMIN: '127.0.0.1:0',
      LOGS_ONCE: String(once),
    };
    const flags = ['--max-old-space-size-percentage=60', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];
    return stage.start('sidekick/logs', process.execPath, [...flags, bundleIn(stage), files], { env });
  },
};

/** The bundle of the sidecar, made once for each stage. @throws Error where it cannot be made. */
function bundleIn(stage: Stage): string {
  const file = join(stage.folder, 'sidekick', 'logs.cjs');
  if (existsSync(file)) return file;
  const { status, stderr } = spawnSync(process.execPath, ['images/bundle.ts', 'logs', stage.folder], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the sidecar cannot be bundled: ${stderr}`);
  return file;
}
