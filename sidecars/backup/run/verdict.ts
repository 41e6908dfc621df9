import type { Manifest, SavedDatabase } from '../catalog/manifest.ts';

/** What a run is measured by before it may be called a backup. */
export interface Limits {
  /** The share of files that may have changed while they were read. */
  readonly maxChanged: number;
  /** Whether a run with files that cannot be read is none. */
  readonly unreadable: 'warn' | 'fail';
  /** The least share of the last good backup's bytes that this one has to have; 0 asks for none. */
  readonly minRatio: number;
}

/** A run that must not become a backup: why, and what to do next. */
export interface Refusal {
  /** Whether a permission is missing, which has an exit code of its own. */
  readonly permission: boolean;
  readonly reason: string;
}

/** Whether what was read may become a backup at all; undefined where it may. */
export function refusal(
  seen: Pick<Manifest, 'counts' | 'changed' | 'unreadable'>,
  { maxChanged, unreadable }: Limits,
): Refusal | undefined {
  const [first] = seen.unreadable.paths;
  if (unreadable === 'fail' && first !== undefined) {
    const others = seen.unreadable.count > 1 ? ` (and ${seen.unreadable.count - 1} more)` : '';
    return {
      permission: true,
      reason:
        `${first.path}: ${first.reason}${others}; nothing was kept, as BACKUP_UNREADABLE=fail says. ` +
        'Run it as a user who may read all (--user 0 --cap-add DAC_READ_SEARCH), or leave the path out by BACKUP_EXCLUDE',
    };
  }
  if (seen.changed.count > 0 && seen.changed.count > seen.counts.files * maxChanged) {
    const share = Math.round((seen.changed.count / seen.counts.files) * 100);
    return {
      permission: false,
      reason:
        `${seen.changed.count} of ${seen.counts.files} files (${share} %) changed while they were read, ${seen.changed.paths[0]} among them; nothing was kept. ` +
        'Have the application hold still by BACKUP_BEFORE and BACKUP_AFTER, or allow more by BACKUP_MAX_CHANGED',
    };
  }
  return undefined;
}

/** What a backup is judged by beside the last good one. */
export interface Judged {
  /** Bytes of all files. */
  readonly total: number;
  readonly databases: readonly Pick<SavedDatabase, 'source' | 'dump'>[];
  /** The names of the sources. */
  readonly sources: readonly string[];
}

/** Why a backup is not to be called good beside the last good one; null where it is. */
export function suspicion(
  { total, databases, sources }: Judged,
  last: Manifest | undefined,
  { minRatio }: Limits,
): string | null {
  if (last === undefined || minRatio === 0) return null;
  const asked = `BACKUP_MIN_RATIO asks for ${Math.round(minRatio * 100)} %; where that is right, run now once with --min-ratio=0%`;
  const share = (bytes: number, of: number) => `${Math.floor((bytes / of) * 100)} % of the ${of} of ${last.id}`;
  if (last.bytes.total > 0 && total < last.bytes.total * minRatio)
    return `it has ${total} bytes, ${share(total, last.bytes.total)}, and ${asked}`;
  for (const before of last.databases) {
    const now = databases.find(({ source }) => source === before.source);
    if (now === undefined && sources.join() === last.sources.join())
      return `it lacks ${before.source}, which ${last.id} has; where that is right, run now once with --min-ratio=0%`;
    if (now === undefined) continue;
    const bytes = now.dump.plainBytes;
    if (bytes < before.dump.plainBytes * minRatio)
      return `the dump of ${before.source} has ${bytes} bytes, ${share(bytes, before.dump.plainBytes)}, and ${asked}`;
  }
  return null;
}
