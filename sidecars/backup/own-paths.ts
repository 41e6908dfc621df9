import { fileURLToPath } from 'node:url';
import type { BackupSettings } from './config.ts';

/** Absolute paths that are ours and never saved: the state, and stores in folders. */
export function ownPaths({ state, to = [] }: Pick<BackupSettings, 'state' | 'to'>): string[] {
  return [state, ...to.filter(({ protocol }) => protocol === 'file:').map((url) => fileURLToPath(url))];
}
