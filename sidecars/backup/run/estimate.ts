import { lstatSync } from 'node:fs';
import { setImmediate as others } from 'node:timers/promises';
import type { Manifest } from '../catalog/manifest.ts';
import { walk } from '../sources/walk.ts';
import type { Making } from './make.ts';

/** What is known before the sources are read. */
export interface Estimate {
  /** How many bytes the sources have. */
  readonly total: number | undefined;
  /** How many bytes the archive will have in a store, at most about. */
  readonly stored: number | undefined;
}

/** What an estimate is made from. */
export interface EstimateFrom extends Pick<Making, 'sources' | 'paths' | 'avoid' | 'choice' | 'last' | 'lastFull' | 'signal'> {
  readonly exclude: readonly string[];
  /** Whether it is worth a walk where no other backup tells: that takes about a tenth of the time of reading. */
  readonly worthWalk: boolean;
}

/** Above this size it is asked how much of a file is there: a sparse one has less. */
const large = 2 ** 30;
/** Names after which others get their turn: a lease has to be renewed meanwhile. */
const turn = 2000;

/**
 * Estimates by the last backups of the same sources; where there are none, by the sizes of the files.
 * @throws SourceError where a source is not there; the signal's reason.
 */
export async function estimate(from: EstimateFrom): Promise<Estimate> {
  const alike = (backup: Manifest | undefined) => (backup?.sources.join('\n') === from.sources.join('\n') ? backup : undefined);
  const [last, full] = [alike(from.last), alike(from.lastFull)];
  const worthWalk = from.worthWalk || from.paths.length === 0;
  const total = last?.bytes.total ?? (worthWalk ? await sumOf(from) : undefined);
  // what has changed is hardly more than everything was
  if (from.choice.kind === 'differential') return { total, stored: from.choice.parent.archive.storedBytes };
  if (total === undefined) return { total, stored: undefined };
  const ratio = full === undefined || full.bytes.total === 0 ? 1 : full.archive.storedBytes / full.bytes.total;
  return { total, stored: Math.ceil(total * ratio) };
}

async function sumOf({ paths, exclude, avoid, signal }: EstimateFrom): Promise<number> {
  let bytes = 0;
  let names = 0;
  for (const { entry, path } of walk(paths, { exclude, avoid, onTrouble: () => {} })) {
    bytes += entry.size < large ? entry.size : Math.min(entry.size, allocated(path) ?? entry.size);
    names += 1;
    if (names % turn !== 0) continue;
    await others();
    signal.throwIfAborted();
  }
  return bytes;
}

function allocated(path: Buffer): number | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats && stats.blocks * 512;
}
