import type { Entry } from '../archive/entry.ts';
import type { Manifest, Trouble } from '../catalog/manifest.ts';

/** How many paths a manifest names; their counts are of all. */
const named = 100;

/** What a run has seen and stored so far. */
export class Tally {
  readonly counts = { files: 0, directories: 0, links: 0, others: 0, stored: 0, deleted: 0 };
  readonly bytes = { total: 0, stored: 0 };
  readonly warnings: string[] = [];
  #changed: string[] = [];
  #changedCount = 0;
  #unreadable: Trouble[] = [];
  #unreadableCount = 0;

  /** Counts a name that is there. */
  saw({ type, size }: Pick<Entry, 'type' | 'size'>): void {
    if (type === 'file') this.counts.files += 1;
    else if (type === 'directory') this.counts.directories += 1;
    else if (type === 'symlink' || type === 'hardlink') this.counts.links += 1;
    else this.counts.others += 1;
    if (type === 'file') this.bytes.total += size;
  }

  /** Counts a name whose content or attributes went into this archive. */
  stored({ type, size }: Pick<Entry, 'type' | 'size'>): void {
    this.counts.stored += 1;
    if (type === 'file') this.bytes.stored += size;
  }

  /** A file that changed while it was read, also at the last attempt. */
  changed(path: string): void {
    this.#changedCount += 1;
    if (this.#changed.length < named) this.#changed.push(path);
  }

  unreadable(path: string, reason: string): void {
    this.#unreadableCount += 1;
    if (this.#unreadable.length < named) this.#unreadable.push({ path, reason });
  }

  warn(warning: string): void {
    if (this.warnings.length < named) this.warnings.push(warning);
  }

  /** The parts of the manifest that tell of it. */
  get told(): Pick<Manifest, 'counts' | 'bytes' | 'changed' | 'unreadable' | 'warnings'> {
    return {
      counts: { ...this.counts },
      bytes: { ...this.bytes },
      changed: { count: this.#changedCount, paths: this.#changed },
      unreadable: { count: this.#unreadableCount, paths: this.#unreadable },
      warnings: this.warnings,
    };
  }
}
