import type { Memory } from '../remember/position.ts';

/** For how long a name without a file is remembered: a rotation may leave it empty for a moment. In milliseconds. */
const memoryOfNames = 60_000;

/**
 * The followed names, and which file stands under each. Where that changes, a rotation was there: the old file, and any that
 * came and went in between, are beside the name.
 */
export class Names {
  /** Which file each name stands for, as of the last update, and when that was, in milliseconds since 1970. */
  #standing: ReadonlyMap<string, string> = new Map();
  #seenAt = 0;
  /** Of the names that stand for none: which file they stood for, and when they last did. */
  readonly #empty = new Map<string, { readonly id: string; readonly seenAt: number }>();
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
      else this.#empty.set(path, { id, seenAt: scannedAt });
    }
  }

  /**
   * Takes in which file stands under each name now.
   * @param names the same map as before where nothing changed; it is kept.
   * @param scannedAt when the scan before began, also before this process; undefined where there was none.
   * @returns the names to look beside, each with the time since which a rotated file may be a new one.
   */
  update(names: ReadonlyMap<string, string>, now: number, scannedAt: number | undefined): Map<string, number> {
    if (names !== this.#standing) this.#change(names, now, scannedAt);
    for (const [path, { seenAt }] of this.#empty) {
      this.#disturb(path, seenAt, now);
      if (now - seenAt > memoryOfNames) this.#empty.delete(path);
    }
    this.#seenAt = now;
    const beside = new Map([...this.#disturbed].map(([path, { since }]) => [path, since]));
    for (const [path, { until }] of this.#disturbed) if (now > until) this.#disturbed.delete(path);
    return beside;
  }

  #change(names: ReadonlyMap<string, string>, now: number, scannedAt: number | undefined): void {
    for (const [path, id] of this.#standing) {
      const next = names.get(path);
      if (next === undefined) this.#empty.set(path, { id, seenAt: this.#seenAt });
      else if (next !== id) this.#disturb(path, this.#seenAt, now);
    }
    for (const [path, id] of names) {
      if (this.#standing.has(path)) continue;
      const before = this.#empty.get(path);
      this.#empty.delete(path);
      if (before !== undefined && before.id !== id) this.#disturb(path, before.seenAt, now);
      // a new name may be that of the second file since the scan before
      if (before === undefined && scannedAt !== undefined) this.#disturb(path, scannedAt, now);
    }
    this.#standing = names;
  }

  #disturb(path: string, since: number, now: number): void {
    const known = this.#disturbed.get(path);
    this.#disturbed.set(path, { since: Math.min(since, known?.since ?? since), until: now + this.#patience });
  }
}
