import type { Children } from '#shared/children.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { runSelf, type Started } from './self.ts';

/**
 * The backups that are in the first store that answers, the oldest first, asked for by a process of its own (`backup list --json`), as what
 * reads stores costs memory for good.
 * @returns undefined where none answers; the log of that process tells why.
 */
export async function lookBack(children: Children, started: Started): Promise<readonly Manifest[] | undefined> {
  const lines: string[] = [];
  const { code } = await runSelf(children, started, ['list', '--json'], (line) => void lines.push(line));
  return code === 0 ? (JSON.parse(lines.join('\n')) as Manifest[]) : undefined;
}
