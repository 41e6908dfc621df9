import { messageOf } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Known } from '../catalog/catalog.ts';
import { type Manifest, partsOf } from '../catalog/manifest.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import { isDamage, verifyBackup } from '../verify/verify.ts';
import type { Copies } from './copies.ts';
import type { Made } from './make.ts';

/**
 * Reads a new backup back from every store, as BACKUP_VERIFY asks for, and writes into its manifest what was found. A store that cannot be read
 * is left out from then on.
 */
export async function readBack(life: BackupLife, made: Made, copies: Copies, known: Known, signal: AbortSignal): Promise<Made> {
  const { settings, log } = life;
  const { fileKeys, gauge } = made;
  const timeZone = settings.timeZone ?? ownTimeZone();
  let { manifest } = made;
  if (settings.verify === 'never') return made;
  if (
    settings.verify === 'daily' &&
    [...known.values()].flatMap(({ backups }) => backups).some((backup) => verifiedOn(backup, new Date(), timeZone))
  )
    return made;
  gauge.phase = 'verifying';
  gauge.total = partsOf(manifest).reduce((sum, { plainBytes }) => sum + plainBytes, 0);
  await copies.each(async ({ catalog }) => {
    gauge.readBack = 0;
    const found = await verifyBackup(catalog, made.manifest, {
      keyOf: ({ file }) => {
        const fileKey = fileKeys.get(file);
        return fileKey && { fileKey };
      },
      onBytes: (bytes) => {
        gauge.readBack += bytes;
      },
      secondOpinion: false,
      signal,
    }).catch((error) => {
      // the backup is there and whole; that it was not read back is seen in its manifest
      if (signal.aborted) return undefined;
      if (!isDamage(error)) throw error;
      log.error({ store: catalog.store.name }, messageOf(error));
      return { damaged: messageOf(error) };
    });
    if (found === undefined) return;
    const told =
      'damaged' in found
        ? { ...made.manifest, damaged: found.damaged }
        : { ...made.manifest, verified: { at: new Date().toISOString(), how: found.how } };
    await catalog.write(told);
    // damage in one store is what has to be heard of
    if (manifest.damaged === null) manifest = told;
  });
  return { ...made, manifest };
}

function verifiedOn({ verified }: Manifest, now: Date, timeZone: string): boolean {
  if (verified === null) return false;
  const day = (time: Date) => Temporal.Instant.fromEpochMilliseconds(time.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
  return day(new Date(verified.at)).equals(day(now));
}
