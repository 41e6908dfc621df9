import type { Store } from '../../../../sidecars/backup/stores/store.ts';

/** A store on which one caller can be held up before its next call of a kind, as a slow network or a stopped process holds it up. */
export interface Gated {
  readonly store: Store;
  /** From now on calls of this kind wait. Resolves once one does; `open` lets it and all others go on. */
  shut(kind: 'put' | 'list' | 'remove'): { readonly reached: Promise<void>; open(): void };
  /** From now on each call of this kind fails, or none does any more. */
  fail(kind: 'put' | 'list' | 'remove', error: Error | undefined): void;
}

/** The same store seen by one caller, through gates. */
export function gated(store: Store): Gated {
  const waits = new Map<string, { arrive: () => void; opened: Promise<void> }>();
  const failures = new Map<string, Error>();
  const pass = async (kind: string) => {
    const wait = waits.get(kind);
    wait?.arrive();
    await wait?.opened;
    const failure = failures.get(kind);
    if (failure) throw failure;
  };
  return {
    store: {
      ...store,
      async *list(prefix) {
        await pass('list');
        yield* store.list(prefix);
      },
      async put(...given) {
        await pass('put');
        return store.put(...given);
      },
      async remove(key) {
        await pass('remove');
        return store.remove(key);
      },
    },
    shut: (kind) => {
      const { promise: reached, resolve: arrive } = Promise.withResolvers<void>();
      const { promise: opened, resolve } = Promise.withResolvers<void>();
      waits.set(kind, { arrive, opened });
      const open = () => {
        waits.delete(kind);
        resolve();
      };
      return { reached, open };
    },
    fail: (kind, error) => {
      if (error) failures.set(kind, error);
      else failures.delete(kind);
    },
  };
}
