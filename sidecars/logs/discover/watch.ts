import { join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { messageOf } from '#shared/exit.ts';
import { descends, type Pattern } from './pattern.ts';

/** A source of hints that something changed below the roots. A hint may be missing, late or wrong: the rescan is what is relied on. */
export interface Hints {
  close(): Promise<void>;
}

/**
 * Watches the folders of all patterns. `changed` is called with the path of a file that may have new bytes, `moved` where names
 * appeared or went away, `failed` with what to tell a person where the kernel gives no more watches.
 * Folders alone are watched, through chokidar's raw events: a watch for each file costs memory, and tells nothing more.
 */
export function watchFolders(
  patterns: readonly Pattern[],
  on: { readonly changed: (path: string) => void; readonly moved: () => void; readonly failed: (message: string) => void },
): Hints {
  const roots = [...new Set(patterns.map(({ root }) => root))];
  const goesInto = (path: string) => patterns.some((pattern) => leadsTo(pattern, path));
  const watcher: FSWatcher = watch(roots, {
    ignoreInitial: true,
    followSymlinks: patterns.some(({ depth }) => Number.isFinite(depth)),
    ignored: (path, stats) => (stats !== undefined && !stats.isDirectory()) || !goesInto(path),
  });
  watcher.on('raw', (event, name, details) => {
    const folder = (details as { watchedPath?: string } | undefined)?.watchedPath;
    if (event === 'change' && typeof name === 'string' && folder !== undefined) on.changed(join(folder, name));
    else on.moved();
  });
  watcher.on('addDir', () => on.moved());
  watcher.on('unlinkDir', () => on.moved());
  watcher.on('error', (error) =>
    on.failed(`the kernel reports no changes for some folders (${messageOf(error)}): they are seen by the rescan alone`),
  );
  return { close: () => watcher.close() };
}

function leadsTo(pattern: Pattern, folder: string): boolean {
  if (folder === pattern.root) return true;
  if (!folder.startsWith(pattern.root === '/' ? '/' : `${pattern.root}/`)) return false;
  const below = folder.slice(pattern.root.length).split('/').filter(Boolean).length;
  return descends(pattern, folder, below);
}
