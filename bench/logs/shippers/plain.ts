import { fileURLToPath } from 'node:url';
import type { Shipper } from '../shipper.ts';

/** What anybody would write in ten minutes: readline, JSON.stringify and fetch. It ships what is there, once. */
export const plain: Shipper = {
  name: 'readline + fetch',
  forms: ['ndjson'],
  follows: false,
  ends: true,
  start: ({ stage, files, ports }) => {
    const script = fileURLToPath(new URL('plain-process.ts', import.meta.url));
    return stage.start('readline + fetch', process.execPath, [script, files, `http://127.0.0.1:${ports.http}/`]);
  },
};
