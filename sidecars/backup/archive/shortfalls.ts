/** What may be missing of an entry that was restored. */
export type Lack = 'owner' | 'mode' | 'time' | 'xattr' | 'acl' | 'link' | 'fifo' | 'device';

/** What is missing of entries that were restored, told once for each kind. */
export interface Shortfall {
  readonly lack: Lack;
  /** Of how many entries, or attributes of entries. */
  readonly count: number;
  /** The first of them. */
  readonly entry: Buffer;
  readonly reason: string;
}

/** Collects what could not be restored and is not worth giving up for. */
export class Shortfalls {
  readonly #found = new Map<Lack, { count: number; readonly entry: Buffer; readonly reason: string }>();

  note(lack: Lack, entry: Buffer, reason: string): void {
    const known = this.#found.get(lack);
    if (known === undefined) this.#found.set(lack, { count: 1, entry: Buffer.from(entry), reason });
    else known.count += 1;
  }

  get list(): readonly Shortfall[] {
    return [...this.#found].map(([lack, found]) => ({ lack, ...found }));
  }
}
