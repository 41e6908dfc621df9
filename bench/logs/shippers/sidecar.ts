import { bundled } from '../../bundle.ts';
import { formNames } from '../form.ts';
import type { Shipper } from '../shipper.ts';

/** sidekick/logs, bundled and started as in its image. */
export const sidecar: Shipper = {
  name: 'sidekick/logs',
  forms: formNames,
  follows: true,
  ends: true,
  start: ({ stage, files, ports, folder, form, once }) => {
    const env = {
      ...form.env(ports.http),
      LOGS_STATE: folder,
      LOGS_ADMIN: '127.0.0.1:0',
      LOGS_ONCE: String(once),
    };
    return stage.start('sidekick/logs', process.execPath, [...bundled(stage, 'logs'), files], { env });
  },
};
