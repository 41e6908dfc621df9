import type { Manifest } from '../catalog/manifest.ts';

/** What has to be known of a backup to decide whether it stays. */
export interface Candidate
  extends Pick<Manifest, 'id' | 'kind' | 'parent' | 'started' | 'suspicious' | 'verified' | 'damaged' | 'drilled'> {
  /** Present where it must not be removed, whatever the rules say. */
  readonly locked?: boolean;
}

/** Why backups are not good enough to stand for a day or a year; by id, and only of those that are not. */
export function faults(backups: readonly Candidate[]): ReadonlyMap<string, string> {
  const known = new Map(backups.map((backup) => [backup.id, backup]));
  const found = new Map<string, string>();
  for (const backup of backups) {
    const fault = ownFault(backup) ?? faultOfParent(backup, known);
    if (fault !== undefined) found.set(backup.id, fault);
  }
  return found;
}

function ownFault({ damaged, suspicious, drilled }: Candidate): string | undefined {
  if (damaged) return `damaged: ${damaged}`;
  if (drilled?.outcome === 'disproved') return `not restorable: ${drilled.reason}`;
  return suspicious ? `suspicious: ${suspicious}` : undefined;
}

/** A differential backup is worth what its full one is; of that only the bytes matter, and not how many they are. */
function faultOfParent({ kind, parent }: Candidate, known: ReadonlyMap<string, Candidate>): string | undefined {
  if (kind === 'full') return undefined;
  if (parent === null) return 'it names no full backup';
  const full = known.get(parent);
  if (full?.kind !== 'full') return `its full backup ${parent} is gone`;
  return full.damaged ? `its full backup ${full.id} is damaged` : undefined;
}
