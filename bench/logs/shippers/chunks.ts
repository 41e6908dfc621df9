import { fileURLToPath } from 'node:url';
import type { Shipper } from '../shipper.ts';

/** What somebody would write who knows what costs time in JavaScript: chunks as latin1, split, and JSON.stringify. It ships what is there, once. */
export const chunks: Shipper = {
  name: 'latin1 + JSON.stringify',
  forms: ['ndjson'],
  follows: false,
  ends: true,
  start: ({ stage, files, ports }) => {
    const script = fileURLToPath(new URL('chunks-process.ts', import.meta.url));
    return stage.start('latin1 + JSON.stringify', process.execPath, [script, files, `http://127.0.0.1:${ports.http}/`]);
  },
};
