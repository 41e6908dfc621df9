import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { codeOf } from './exit.ts';

/** Whether the file is a Unix socket that no process listens on any more: one that died left it behind. */
export function isStaleSocket(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false);
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });
}
