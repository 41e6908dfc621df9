import { fileURLToPath } from 'node:url';
import type { BackupSettings } from './config.ts';

/** Absolute paths that are ours and never saved, without slashes at their ends: the state, and stores in folders. */
export function ownPaths({ state, to = [] }: Pick<BackupSettings, 'state' | 'to'>): string[] {
  const stores = to.filter(({ protocol }) => protocol === 'file:').map((url) => fileURLToPath(url));
  return [state, ...stores].map((path) => path.replace(/(?<=.)\/+$/, ''));
}
