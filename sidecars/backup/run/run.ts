import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Exit, exitCode, messageOf } from '#shared/exit.ts';
import type { BackupLife } from '../backup.ts';
import type { Catalog, Contents, Known } from '../catalog/catalog.ts';
import { makeId } from '../catalog/id.ts';
import { isGood } from '../catalog/manifest.ts';
import { openCatalogs } from '../catalog/open.ts';
import { LeaseHeldError } from '../lease/acquire.ts';
import type { Succession } from '../lease/succession.ts';
import { ownPaths } from '../own-paths.ts';
import { ownTimeZone } from '../schedule/time-zone.ts';
import { chosenSources, namesOfSources } from '../sources/chosen.ts';
import { type Choice, choose } from './choice.ts';
import { Copies, NoStoreLeft } from './copies.ts';
import { drillIfDue } from './drilling.ts';
import type { Progress, RunResult, StoreResult } from './events.ts';
import { keepOrRemove } from './keeping.ts';
import { Leases, succeed, termsOf } from './leases.ts';
import type { Made } from './make.ts';
import { readBack } from './read-back.ts';
import { makeWhateverParent } from './whatever-parent.ts';

/** What a run is asked for. */
export interface RunOptions {
  /** The time of the schedule; undefined where a person asked. */
  readonly scheduled: Date | undefined;
  /** Called with something to ask how far the run is, as long as it lasts. */
  readonly onBegin: (progress: () => Progress) => void;
}

/**
 * lease → choose → make → verify → prune: one backup, in every store.
 * It never throws: what went wrong is in the result. When the signal aborts nothing is left behind.
 */
export async function run(life: BackupLife, options: RunOptions): Promise<RunResult> {
  const begun = performance.now();
  const end = (result: Omit<RunResult, 'seconds'>): RunResult => ({ ...result, seconds: (performance.now() - begun) / 1000 });
  let copies = new Copies([]);
  const known = new Map<Catalog, Contents>();
  const succession = await succeed(life);
  try {
    copies = new Copies(await openCatalogs(life));
    return end(await underLease(life, options, { copies, known, succession }));
  } catch (error) {
    const code = error instanceof Exit ? error.code : exitCode.failed;
    const reason = life.stopping.aborted ? 'it was told to stop, and has left nothing behind' : messageOf(error);
    const stores = copies.all.map(({ name, failure = null, catalog }): StoreResult => {
      return { name, failure, retained: known.get(catalog)?.backups.length ?? 0, removed: 0 };
    });
    return end({ outcome: 'failed', reason, manifest: null, stores, code });
  } finally {
    await Promise.allSettled(copies.all.map(({ catalog }) => catalog.store.close()));
    succession.end();
  }
}

/** @param known is filled with what is in each store. */
async function underLease(
  life: BackupLife,
  options: RunOptions,
  { copies, known, succession }: { copies: Copies; known: Map<Catalog, Contents>; succession: Succession },
): Promise<Omit<RunResult, 'seconds'>> {
  const { settings, log, stopping } = life;
  const { scheduled } = options;
  const terms = termsOf({ name: settings.name ?? '', host: hostname(), log, succession });
  let leases: Leases;
  try {
    leases = await Leases.acquire(copies, terms, stopping);
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw error;
    const other = { reason: error.message, manifest: null, stores: [] };
    // of a schedule's run somebody takes care; a person who asks has to hear of it
    if (scheduled === undefined) return { outcome: 'failed', code: exitCode.failed, ...other };
    return { outcome: 'skipped', code: exitCode.endedWell, ...other };
  }
  try {
    await copies.each(async ({ catalog }) => {
      const contents = await catalog.all();
      for (const { id, reason } of contents.unusable)
        log.warn({ store: catalog.store.name, id }, `a backup is left out: ${reason}`);
      known.set(catalog, contents);
    });
    const done =
      scheduled &&
      [...known.values()].flatMap(({ backups }) => backups).find(({ started }) => Date.parse(started) >= scheduled.getTime());
    if (done)
      return {
        outcome: 'skipped',
        reason: `${done.id} was made for this time of the schedule`,
        manifest: done,
        stores: [],
        code: exitCode.endedWell,
      };
    const signal = AbortSignal.any([stopping, leases.lost]);
    // a store that does not answer may be what the run waits for
    signal.addEventListener('abort', () => void copies.abort());
    const making = { ...options, ...planOf(life, copies, known), copies, leases, signal };
    const made = await makeWhateverParent(life, making, known);
    const verified = await readBack(life, made, copies, known, signal).catch((error) => {
      // the backup is there, and its stores fail now: each tells why
      if (!(error instanceof NoStoreLeft)) throw error;
      return made;
    });
    const drilled = await drillIfDue(life, verified, copies, known, signal).catch((error: unknown) => {
      // as before: the backup is there
      if (!(error instanceof NoStoreLeft) && !signal.aborted) throw error;
      return verified;
    });
    const kept = await keepOrRemove(life, drilled, copies, known, leases);
    return resultOf(drilled, copies, kept);
  } finally {
    await copies.abort();
    await leases.release();
  }
}

/** Decides what the run saves. */
function planOf({ settings, log }: BackupLife, copies: Copies, known: Known) {
  const now = new Date();
  const ours = ownPaths(settings);
  const chosen = chosenSources(settings);
  const sources = namesOfSources(chosen, settings);
  if (sources.length === 0)
    throw new Exit(
      exitCode.settings,
      'there is nothing to save: this container has no volumes. Attach it with --volumes-from, or name folders and databases by BACKUP_SOURCES',
    );
  const stores = copies.well.map(({ catalog }) => known.get(catalog)?.backups ?? []);
  const choice: Choice = choose({ every: settings.full, now, timeZone: settings.timeZone ?? ownTimeZone(), sources, stores });
  log.info(
    choice.kind === 'full' ? { why: choice.why } : { parent: choice.parent.id },
    `saving ${sources.join(', ')}: a ${choice.kind} backup`,
  );
  const id = makeId(now, randomBytes(3).toString('hex'));
  const last = stores[0]?.findLast(isGood);
  const lastFull = stores[0]?.findLast((backup) => isGood(backup) && backup.kind === 'full');
  return { id, begun: now, sources, ...chosen, avoid: ours, choice, last, lastFull };
}

function resultOf(made: Made, copies: Copies, stores: readonly StoreResult[]): Omit<RunResult, 'seconds'> {
  const { manifest } = made;
  const failed = copies.all.filter(({ failure }) => failure !== undefined);
  const unproven = manifest.drilled !== null && manifest.drilled.outcome !== 'proven';
  const reason = manifest.damaged ?? manifest.suspicious ?? failed[0]?.failure ?? manifest.drilled?.reason ?? null;
  const base = { reason, manifest, stores };
  if (manifest.damaged !== null) return { ...base, outcome: 'failed', code: exitCode.failed };
  if (manifest.suspicious !== null) return { ...base, outcome: 'suspicious', code: exitCode.failed };
  if (failed.length > 0) return { ...base, outcome: 'partial', code: exitCode.failed };
  if (unproven) return { ...base, outcome: 'unproven', code: exitCode.failed };
  return { ...base, outcome: 'saved', code: exitCode.endedWell };
}
