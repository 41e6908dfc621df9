/** What is read of a manifest in the backup sidecar's `/status`. */
interface Manifest {
  readonly id: string;
  readonly kind: string;
  readonly started: string;
  readonly counts: { readonly files: number };
  readonly archive: { readonly plainBytes: number; readonly storedBytes: number };
  readonly verified: { readonly how: string } | null;
}

/** What is read of the backup sidecar's `/status`. */
export interface BackupStatus {
  readonly next: string | null;
  readonly lastGood: Manifest | null;
  readonly runs: Readonly<Record<'saved' | 'partial' | 'suspicious' | 'failed', number>>;
}

/** One good backup. */
export interface Save {
  readonly id: string;
  /** `full`, or what it holds of what has changed. */
  readonly kind: string;
  /** As an ISO 8601 date. */
  readonly started: string;
  readonly files: number;
  /** The archive in bytes, before it was compressed, and as it is in the store. */
  readonly bytes: number;
  readonly stored: number;
  /** Whether it was read back and compared. */
  readonly verified: boolean;
}

/** What was saved. */
export interface Saved {
  /** Runs since the sidecar's start that made a good backup, and that did not. */
  readonly good: number;
  readonly bad: number;
  /** When the next run begins, as an ISO 8601 date. */
  readonly next: string | null;
  /** The last good ones, the newest first. */
  readonly recent: readonly Save[];
}

const shown = 5;

/** The backups through time. */
export class Saves {
  #status: BackupStatus | undefined;
  #recent: readonly Save[] = [];

  /** Takes one `/status`. */
  take(status: BackupStatus): void {
    this.#status = status;
    const { lastGood } = status;
    if (lastGood === null || this.#recent[0]?.id === lastGood.id) return;
    const { id, kind, started, counts, archive, verified } = lastGood;
    const save = { id, kind, started, files: counts.files, bytes: archive.plainBytes, stored: archive.storedBytes };
    this.#recent = [{ ...save, verified: verified !== null }, ...this.#recent].slice(0, shown);
  }

  /** How things stand; undefined before the first status. */
  get saved(): Saved | undefined {
    if (this.#status === undefined) return undefined;
    const { next, runs } = this.#status;
    return { good: runs.saved, bad: runs.partial + runs.suspicious + runs.failed, next, recent: this.#recent };
  }
}
