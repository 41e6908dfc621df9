import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type Manifest, partsOf } from '../catalog/manifest.ts';
import { decryptionOf } from '../keys.ts';
import { chooseBackup, findBackup, firstThatAnswers } from '../reading/choose.ts';
import { reportProgress } from '../report/progress-line.ts';
import { StoreError } from '../stores/store.ts';
import { isDamage, verifyBackup } from '../verify/verify.ts';
import { print, withCatalogs } from './opened.ts';

/** What `backup verify` is asked for. */
export interface VerifyWords {
  readonly words: readonly string[];
  readonly all: boolean;
}

/** `backup verify`: reads backups back, and notes in their manifests what was found. */
export async function verify(life: BackupLife, { words, all }: VerifyWords): Promise<void> {
  const warn = (message: string) => life.log.warn(message);
  let damaged = 0;
  let unread = 0;
  const check = async (catalog: Catalog, backup: Manifest) => {
    if (!(await verifyOne(life, catalog, backup))) damaged += 1;
  };
  await withCatalogs(life, async (catalogs) => {
    if (all) {
      for (const catalog of catalogs) {
        try {
          const { backups, unusable } = await catalog.all();
          for (const { id, reason } of unusable) await print(`${catalog.store.name}  ${id}  DAMAGED: ${reason}\n`);
          damaged += unusable.length;
          for (const backup of backups) await check(catalog, backup);
        } catch (error) {
          // the other stores are looked at all the same
          if (life.stopping.aborted) throw error;
          life.log.error(messageOf(error));
          unread += 1;
        }
      }
      return;
    }
    const { catalog, backup, parent } =
      words.length === 0 ? await newest(catalogs, warn) : await findBackup(catalogs, words[0], warn);
    if (parent !== undefined) await check(catalog, parent);
    await check(catalog, backup);
  });
  const counts = [
    ...(damaged > 0 ? [`${damaged} ${damaged === 1 ? 'backup is' : 'backups are'} damaged`] : []),
    ...(unread > 0 ? [`${unread} of the stores could not be looked through`] : []),
  ];
  if (counts.length > 0) throw new Exit(exitCode.failed, counts.join(', and '));
}

async function newest(catalogs: readonly Catalog[], warn: (message: string) => void) {
  const { catalog, backups } = await firstThatAnswers(catalogs, warn);
  return { catalog, ...chooseBackup(backups, backups.at(-1)?.id, catalog.store.name) };
}

/** Whether a backup is still there: who prunes meanwhile removes its manifest first. */
async function isThere(catalog: Catalog, { id }: Manifest): Promise<boolean> {
  try {
    await catalog.one(id);
    return true;
  } catch (error) {
    return !(error instanceof StoreError && error.failure === 'missing');
  }
}

/** Whether it is well. */
async function verifyOne({ settings, log, stopping }: BackupLife, catalog: Catalog, backup: Manifest): Promise<boolean> {
  const report = reportProgress(process.stderr.isTTY ? process.stderr : { write: () => true });
  const key = decryptionOf(settings);
  const total = partsOf(backup).reduce((sum, { plainBytes }) => sum + plainBytes, 0);
  let bytes = 0;
  const result = await verifyBackup(catalog, backup, {
    keyOf: () => key,
    secondOpinion: true,
    signal: stopping,
    onBytes: (more) => {
      bytes += more;
      report.update({ phase: 'verifying', bytes, total, files: 0 });
    },
  }).catch((error) => {
    if (!isDamage(error)) throw error;
    return messageOf(error);
  });
  report.end();
  const ok = typeof result !== 'string';
  if (!ok && !(await isThere(catalog, backup))) {
    await print(`${catalog.store.name}  ${backup.id}  removed meanwhile\n`);
    return true;
  }
  const told = ok
    ? result.how === 'content'
      ? 'ok'
      : 'ok as stored; its content takes BACKUP_AGE_IDENTITY or BACKUP_PASSPHRASE'
    : `DAMAGED: ${result}`;
  await print(`${catalog.store.name}  ${backup.id}  ${told}\n`);
  const at = new Date().toISOString();
  const noted = ok
    ? { ...backup, verified: { at, how: result.how }, damaged: null }
    : { ...backup, verified: null, damaged: result };
  await catalog.write(noted).catch((error) => log.warn(`what was found is not noted in its manifest: ${messageOf(error)}`));
  return ok;
}
