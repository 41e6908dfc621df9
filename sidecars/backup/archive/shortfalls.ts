import { codeOf, messageOf } from '#shared/exit.ts';

/** What may be missing of an entry that was restored. */
export type Lack =
  | 'owner'
  | 'mode'
  /** The set-user-ID or set-group-ID bit. */
  | 'set-id'
  | 'time'
  | 'xattr'
  | 'file capability'
  /** Of the namespaces `security.` and `trusted.`. */
  | 'privileged xattr'
  | 'acl'
  | 'link'
  | 'fifo'
  | 'device';

/** What is missing of entries that were restored, told once for each kind. */
export interface Shortfall {
  readonly lack: Lack;
  /** Of how many entries, or attributes of entries. */
  readonly count: number;
  /** The first of them. */
  readonly entry: Buffer;
  readonly reason: string;
  /** Whether the system does not permit it to this process. */
  readonly denied: boolean;
}

/** Collects what could not be restored and is not worth giving up for. */
export class Shortfalls {
  readonly #found = new Map<Lack, { count: number } & Omit<Shortfall, 'lack' | 'count'>>();

  /** @param why an error of the system, or words. @param denied where words say that it is not permitted. */
  note(lack: Lack, entry: Buffer, why: unknown, denied = ['EPERM', 'EACCES'].includes(codeOf(why) ?? '')): void {
    const known = this.#found.get(lack);
    const reason = typeof why === 'string' ? why : messageOf(why);
    if (known === undefined) this.#found.set(lack, { count: 1, entry: Buffer.from(entry), reason, denied });
    else known.count += 1;
  }

  get list(): readonly Shortfall[] {
    return [...this.#found].map(([lack, found]) => ({ lack, ...found }));
  }
}
