import { existsSync, lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
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

/** The system's code of an error of listening on a Unix socket: libuv takes a folder that is not there for one that may not be written. */
export function codeOfSocket(path: string, error: unknown): string | undefined {
  return existsSync(dirname(path)) ? codeOf(error) : 'ENOENT';
}
