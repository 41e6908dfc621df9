import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Manifest } from '../catalog/manifest.ts';
import { faults } from '../retention/good.ts';

/** A backup that a person asked for, and the one that it needs, if any. */
export interface Chosen {
  readonly backup: Manifest;
  readonly parent: Manifest | undefined;
}

/**
 * Finds the backup that a person means: an id, the beginning of one, or, where nothing is said, the newest good one; one whose full backup is
 * damaged or gone is not good.
 * @throws Exit where there is none, several are meant, or its full backup is gone.
 */
export function chooseBackup(backups: readonly Manifest[], id: string | undefined, place: string): Chosen {
  const backup = id === undefined ? newestGood(backups, place) : byId(backups, id, place);
  if (backup.parent === null) return { backup, parent: undefined };
  const parent = backups.find((candidate) => candidate.id === backup.parent);
  if (parent === undefined)
    throw new Exit(
      exitCode.failed,
      `${backup.id} holds what changed since ${backup.parent}, which is not in ${place}: it cannot be read without it`,
    );
  return { backup, parent };
}

function newestGood(backups: readonly Manifest[], place: string): Manifest {
  const bad = faults(backups);
  const good = backups.findLast(({ id }) => !bad.has(id));
  if (good !== undefined) return good;
  const next = backups.length === 0 ? 'check BACKUP_TO and BACKUP_NAME' : 'name one by its id, see list';
  throw new Exit(exitCode.failed, `there is no good backup in ${place}; ${next}`);
}

function byId(backups: readonly Manifest[], id: string, place: string): Manifest {
  const found = backups.filter((backup) => backup.id.startsWith(id));
  const [first] = found;
  if (first === undefined) throw new Exit(exitCode.failed, `there is no backup ${id} in ${place}; see list`);
  if (found.length > 1)
    throw new Exit(exitCode.settings, `${id} may be ${found.map((backup) => backup.id).join(' or ')}; write more of it`);
  return first;
}

/** The backups of a store. */
export interface Answer {
  readonly catalog: Catalog;
  /** The oldest first. */
  readonly backups: readonly Manifest[];
}

/** All backups of the first store that answers; of those before it is told why they did not. @throws the first store's error, where none does. */
export async function firstThatAnswers(catalogs: readonly Catalog[], tell: (message: string) => void): Promise<Answer> {
  return firstOf(catalogs, tell, (answer) => answer);
}

/**
 * The backup that a person means: by its id or the beginning of it in the first store that answers and has it; without one the newest good one
 * of all stores. @throws the first store's error, where none has it.
 */
export async function findBackup(
  catalogs: readonly Catalog[],
  id: string | undefined,
  tell: (message: string) => void,
): Promise<Answer & Chosen> {
  if (id === undefined) return newestGoodBackup(catalogs, tell);
  return firstOf(catalogs, tell, (answer) => ({ ...answer, ...chooseBackup(answer.backups, id, answer.catalog.store.name) }));
}

/**
 * The newest good backup of all stores that answer; of several that have it the first one counts. Which stores do not answer, or have no
 * good one, is told. @throws the first store's error, where none has one.
 */
async function newestGoodBackup(catalogs: readonly Catalog[], tell: (message: string) => void): Promise<Answer & Chosen> {
  const asked = await Promise.allSettled(catalogs.map((catalog) => firstOf([catalog], tell, choose)));
  const found = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = asked.flatMap((result): unknown[] => (result.status === 'rejected' ? [result.reason] : []));
  const began = ({ backup }: Chosen) => Date.parse(backup.started);
  const [newest] = found.toSorted((a, b) => began(b) - began(a));
  // each says something of its own
  for (const failure of failures.slice(newest === undefined ? 1 : 0)) tell(messageOf(failure));
  if (newest === undefined) throw failures[0];
  return newest;

  function choose(answer: Answer): Answer & Chosen {
    return { ...answer, ...chooseBackup(answer.backups, undefined, answer.catalog.store.name) };
  }
}

async function firstOf<T>(catalogs: readonly Catalog[], tell: (message: string) => void, use: (answer: Answer) => T): Promise<T> {
  const failures: unknown[] = [];
  for (const catalog of catalogs) {
    try {
      const { backups, unusable } = await catalog.all();
      for (const { id, reason } of unusable) tell(`${catalog.store.name}: ${id} is left out: ${reason}`);
      const used = use({ catalog, backups });
      for (const failure of failures) tell(messageOf(failure));
      return used;
    } catch (error) {
      failures.push(error);
    }
  }
  // each says something of its own
  for (const failure of failures.slice(1)) tell(messageOf(failure));
  throw failures[0];
}
