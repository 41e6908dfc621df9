import type { BackupLife } from '../backup.ts';
import type { Known } from '../catalog/catalog.ts';
import { isGood } from '../catalog/manifest.ts';
import { drill } from '../drill/drill.ts';
import { isDrillDue } from '../drill/due.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import type { Copies } from './copies.ts';
import type { Made } from './make.ts';

/** Makes the drill that is due with a new backup, by BACKUP_DRILL, and writes into its manifests what came out. @throws as {@link drill} does. */
export async function drillIfDue(life: BackupLife, made: Made, copies: Copies, known: Known, signal: AbortSignal): Promise<Made> {
  const { settings, log } = life;
  const { manifest, gauge, fileKeys } = made;
  const before = [...known.values()].flatMap(({ backups }) => backups);
  const when = { now: new Date(), timeZone: settings.timeZone ?? ownTimeZone() };
  const [from] = copies.well;
  if (from === undefined || manifest.databases.length === 0 || !isGood(manifest)) return made;
  if (!isDrillDue(settings.drill, before, when)) return made;
  gauge.phase = 'drilling';
  gauge.readBack = 0;
  gauge.total = manifest.databases.reduce((sum, { dump }) => sum + dump.plainBytes, 0);
  const drilled = await drill(from.catalog, manifest, {
    settings,
    keyOf: ({ file }) => {
      const fileKey = fileKeys.get(file);
      return fileKey && { fileKey };
    },
    onBytes: (bytes) => {
      gauge.phase = 'drilling';
      gauge.readBack += bytes;
    },
    onComparing: () => {
      gauge.phase = 'comparing';
    },
    signal,
  });
  if (drilled.outcome === 'proven')
    log.info(
      { id: manifest.id, ...drilled },
      drilled.tables > 0
        ? 'restored for a drill, and all tables are as they were'
        : 'restored for a drill; no tables were counted when it was saved, so that none was compared',
    );
  else log.error({ id: manifest.id, ...drilled }, `the drill has not proven the backup: ${drilled.reason}`);
  const told = { ...manifest, drilled };
  await copies.each(({ catalog }) => catalog.write(told));
  return { ...made, manifest: told };
}
