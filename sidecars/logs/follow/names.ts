import type { Memory } from '../remember/position.ts';

/** For how long a name without a file is remembered: a rotation may leave it empty for a moment. In milliseconds. */
const memoryOfNames = 60_000;

/**
 * The followed names, and which file stands under each. Where that changes, a rotation was there: the old file, and any that
 * came and went in between, are beside the name.
 */
export class Names {
  /** Which file a name stood for when it last had one, and when that was, in milliseconds since 1970. */
  readonly #files = new Map<string, { id: string; seenAt: number }>();
  /**
   * Names beside which rotated files are looked for: those that were born since the first time, until the second.
   * It is not done with one look, which may come in the middle of a rotation and miss a file that is being renamed.
   */
  readonly #disturbed = new Map<string, { since: number; until: number }>();
  readonly #patience: number;

  /** @param patience for how long a name is looked beside, in milliseconds. */
  constructor({ positions, scannedAt }: Memory, patience: number) {
    this.#patience = patience;
    for (const { path, id, rotated } of positions) {
      // a rotated file may still be written to: it is looked for beside the name that it had
      if (rotated) this.#disturb(path, scannedAt, scannedAt);
      else this.#files.set(path, { id, seenAt: scannedAt });
    }
  }

  /**
   * Takes in which file stands under each name now.
   * @param scannedAt when the scan before began; undefined for the first one of this process.
   * @returns the names to look beside, each with the time since which a rotated file may be a new one.
   */
  update(names: ReadonlyMap<string, string>, now: number, scannedAt: number | undefined): Map<string, number> {
    for (const [path, { id, seenAt }] of this.#files) if (names.get(path) !== id) this.#disturb(path, seenAt, now);
    for (const [path, id] of names) {
      // a new name may be that of the second file since the scan before
      if (scannedAt !== undefined && !this.#files.has(path)) this.#disturb(path, scannedAt, now);
      this.#files.set(path, { id, seenAt: now });
    }
    for (const [path, { seenAt }] of this.#files) if (now - seenAt > memoryOfNames) this.#files.delete(path);
    const beside = new Map([...this.#disturbed].map(([path, { since }]) => [path, since]));
    for (const [path, { until }] of this.#disturbed) if (now > until) this.#disturbed.delete(path);
    return beside;
  }

  #disturb(path: string, since: number, now: number): void {
    const known = this.#disturbed.get(path);
    this.#disturbed.set(path, { since: Math.min(since, known?.since ?? since), until: now + this.#patience });
  }
}
