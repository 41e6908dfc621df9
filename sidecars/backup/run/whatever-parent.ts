import { messageOf } from '#shared/exit.ts';
import { FrameError } from '../archive/decompress.ts';
import type { BackupLife } from '../backup.ts';
import type { Catalog, Contents } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { AgeError } from '../encryption/age-error.ts';
import { Damaged } from '../reading/whole.ts';
import { IndexError } from '../sources/index-record.ts';
import type { Copies } from './copies.ts';
import { type Made, type Making, make } from './make.ts';

/**
 * Makes a backup. Where the full one that it is compared with turns out to be damaged, or to be encrypted with a key that is gone, everything
 * is saved instead, and the damage is noted: nothing else would save anything until its period is over.
 * @throws as {@link make} does.
 */
export async function makeWhateverParent(life: BackupLife, making: Making, known: Map<Catalog, Contents>): Promise<Made> {
  const { choice, copies } = making;
  try {
    return await make(life, making);
  } catch (error) {
    const unreadable = [Damaged, AgeError, FrameError, IndexError].some((kind) => error instanceof kind);
    if (choice.kind === 'full' || !unreadable) throw error;
    const why = `${choice.parent.id} cannot be compared with: ${messageOf(error)}`;
    life.log.warn(`${why}; everything is saved once more`);
    await copies.abort();
    // the others are of a key, or of the copy in BACKUP_STATE
    if (error instanceof Damaged) await noteDamage(choice.parent, messageOf(error), copies, known);
    return make(life, { ...making, choice: { kind: 'full', why } });
  }
}

/** Notes damage in the store that the parent was read from. */
async function noteDamage({ id }: Manifest, damaged: string, copies: Copies, known: Map<Catalog, Contents>): Promise<void> {
  const [copy] = copies.well;
  const contents = copy && known.get(copy.catalog);
  const parent = contents?.backups.find((backup) => backup.id === id);
  if (copy === undefined || contents === undefined || parent === undefined) return;
  const told = { ...parent, verified: null, damaged };
  known.set(copy.catalog, { ...contents, backups: contents.backups.map((backup) => (backup.id === id ? told : backup)) });
  await copies.each(async (each) => {
    if (each === copy) await copy.catalog.write(told);
  });
}
