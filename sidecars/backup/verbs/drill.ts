import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Drilled, Manifest } from '../catalog/manifest.ts';
import { drill as tryOut } from '../drill/drill.ts';
import { decryptionOf } from '../keys.ts';
import { findBackup } from '../reading/choose.ts';
import { amountOfTime } from '../report/amounts.ts';
import { reportProgress } from '../report/progress-line.ts';
import { print, withCatalogs } from './opened.ts';

/** What `backup drill` is asked for. */
export interface DrillWords {
  readonly words: readonly string[];
  readonly json: boolean;
}

/** `backup drill`: proves that the databases of a backup can be restored, and notes in its manifest what came out. */
export async function drill(life: BackupLife, { words, json }: DrillWords): Promise<void> {
  const { settings, log, stopping } = life;
  const key = decryptionOf(settings);
  await withCatalogs(life, async (catalogs) => {
    const { catalog, backup } = await findBackup(catalogs, words[0], (message) => log.warn(message));
    if (backup.databases.length === 0)
      throw new Exit(
        exitCode.failed,
        `${backup.id} has no databases; files are proven by verify, and by a restore to an empty folder`,
      );
    const report = reportProgress(process.stderr.isTTY ? process.stderr : { write: () => true });
    const total = backup.databases.reduce((sum, { dump }) => sum + dump.plainBytes, 0);
    let bytes = 0;
    const drilled = await tryOut(catalog, backup, {
      settings,
      keyOf: () => key,
      signal: stopping,
      onBytes: (more) => {
        bytes += more;
        report.update({ phase: 'drilling', bytes, total, files: 0 });
      },
      onComparing: () => report.update({ phase: 'comparing', bytes: 0, total: undefined, files: 0 }),
    }).finally(() => report.end());
    await print(json ? `${JSON.stringify({ id: backup.id, ...drilled })}\n` : `${sentence(backup, drilled)}\n`);
    // what is known of it is worth more than that it could not be tried once more
    const known = backup.drilled !== null && backup.drilled.outcome !== 'undone';
    if (drilled.outcome !== 'undone' || !known)
      await catalog
        .write({ ...backup, drilled })
        .catch((error) => log.warn(`what came out is not noted in its manifest: ${messageOf(error)}`));
    if (drilled.outcome !== 'proven') throw new Exit(exitCode.failed, `${backup.id} is ${drilled.outcome}: ${drilled.reason}`);
  });
}

function sentence({ id, databases }: Manifest, { outcome, tables, rows, checksums, seconds }: Drilled): string {
  const how = checksums ? 'rows and checksums' : 'rows, as no checksums were taken';
  const what = databases.map(({ source }) => source).join(', ');
  const time = amountOfTime(seconds * 1000);
  if (tables === 0 && outcome === 'proven')
    return `${id}  ${what}  ${outcome} to be restorable: no tables were counted when it was saved, so that none was compared, in ${time}`;
  const compared = `${tables} ${tables === 1 ? 'table' : 'tables'} with ${rows} rows compared by ${how}`;
  return `${id}  ${what}  ${outcome}: ${compared}, in ${time}`;
}
