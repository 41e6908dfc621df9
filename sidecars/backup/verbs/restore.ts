import { readdirSync } from 'node:fs';
import { codeOf, Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Source } from '../databases/source.ts';
import { decryptionOf } from '../keys.ts';
import { findBackup } from '../reading/choose.ts';
import { amountOfBytes, amountOfTime } from '../report/amounts.ts';
import { reportProgress } from '../report/progress-line.ts';
import { remedyOf } from '../restore/remedy.ts';
import { restore as bringBack } from '../restore/restore.ts';
import { print, withCatalogs } from './opened.ts';
import { type DatabaseWords, restoreToServer } from './restore-database.ts';

/** What `backup restore` is asked for. */
export interface RestoreWords extends DatabaseWords {
  readonly words: readonly string[];
  readonly to: Source | undefined;
}

/** `backup restore`: a backup back into a folder, or a database of it back to a server. */
export async function restore(life: BackupLife, given: RestoreWords): Promise<void> {
  const { to = '/', words } = given;
  const { id, paths } = understand(words);
  if (typeof to !== 'string') return restoreToServer(life, id, to, given);
  return restoreToFolder(life, id, { to, paths, overwrite: given.overwrite });
}

async function restoreToFolder(
  life: BackupLife,
  id: string | undefined,
  { to, paths, overwrite }: { readonly to: string; readonly paths: readonly string[]; readonly overwrite: boolean },
): Promise<void> {
  const { settings, log, stopping } = life;
  refuseFull(to, overwrite);
  await withCatalogs(life, async (catalogs) => {
    const { catalog, ...chosen } = await findBackup(catalogs, id, (message) => log.warn(message));
    const { name } = catalog.store;
    log.info({ store: name, id: chosen.backup.id }, 'restoring');
    const begun = performance.now();
    const report = reportProgress(process.stderr.isTTY ? process.stderr : { write: () => true });
    let bytes = 0;
    let files = 0;
    const total = paths.length === 0 ? chosen.backup.bytes.total : undefined;
    const restored = await bringBack(catalog, chosen, {
      to,
      names: paths.map((path) => Buffer.from(path.replaceAll(/^\/+|\/+$/g, ''))),
      key: decryptionOf(settings),
      onEntry: ({ type, size }) => {
        stopping.throwIfAborted();
        bytes += size;
        files += Number(type === 'file');
        report.update({ phase: 'restoring', bytes, total, files });
      },
    })
      .catch((error: unknown) => {
        throw stopping.aborted
          ? new Exit(exitCode.failed, `stopped with the restore half done; what is in ${to} is not whole`)
          : error;
      })
      .finally(() => report.end());
    if (restored.entries === 0 && paths.length > 0)
      throw new Exit(
        exitCode.failed,
        `${chosen.backup.id} has nothing at ${paths.join(', ')}; show ${chosen.backup.id} --files lists what it has`,
      );
    for (const shortfall of restored.shortfalls) {
      const { lack, count, entry, reason } = shortfall;
      const next = remedyOf(shortfall);
      const what = `${lack} is missing of /${entry}${count > 1 ? ` and ${count - 1} more` : ''}: ${reason}`;
      log.warn({ count }, next === undefined ? what : `${what}; ${next}`);
    }
    for (const name of restored.stale)
      log.warn(
        `/${name} is removed: it was left from before the restore, and SQLite would have brought its changes into the restored database`,
      );
    const { databases } = chosen.backup;
    if (databases.length > 0)
      log.info(
        `the backup has databases too, which are restored each by itself, such as by restore ${chosen.backup.id} --to ${databases[0]?.source}`,
      );
    const time = amountOfTime(performance.now() - begun);
    await print(
      `${chosen.backup.id}  ${restored.files} files with ${amountOfBytes(restored.bytes)} restored from ${name} to ${to} in ${time}\n`,
    );
  });
}

/** An id has no slash, and a path begins with one. */
function understand(words: readonly string[]): { readonly id: string | undefined; readonly paths: readonly string[] } {
  const [first] = words;
  const id = first === undefined || first.startsWith('/') ? undefined : first;
  const paths = id === undefined ? words : words.slice(1);
  const strange = paths.find((path) => !path.startsWith('/'));
  if (strange !== undefined)
    throw new Exit(exitCode.settings, `${strange} is no absolute path; paths are those that were saved, such as /var/lib/data`);
  return { id, paths };
}

/** @throws Exit where there is something in the folder that could be overwritten. */
function refuseFull(to: string, overwrite: boolean): void {
  if (overwrite) return;
  try {
    if (readdirSync(to).length === 0) return;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw new Exit(exitCode.failed, `--to ${to} cannot be used: ${messageOf(error)}`, { cause: error });
  }
  throw new Exit(
    exitCode.failed,
    `--to ${to} is not empty; name another folder, or add --overwrite to replace what has the same names`,
  );
}
