import { bundled } from '../../bundle.ts';
import type { Shipper } from '../shipper.ts';

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
    return stage.start('sidekick/logs', process.execPath, [...bundled(stage, 'logs'), files], { env });
  },
};
