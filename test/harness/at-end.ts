import type { TestContext } from 'node:test';

type Cleanup = () => unknown;

/** What ends at some time, and tells things meanwhile: a test, or one run of a soak. */
export type Lifetime = Pick<TestContext, 'after' | 'diagnostic'>;

const cleanups = new WeakMap<Lifetime, Cleanup[]>();

/**
 * Does something when a test or another lifetime ends, last things first: a process is ended before the folder goes that it writes to.
 * Every one of them is done, also where one before it failed; the first failure is the test's.
 */
export function atEnd(t: Lifetime, cleanup: Cleanup): void {
  const known = cleanups.get(t);
  if (known !== undefined) {
    known.push(cleanup);
    return;
  }
  const list = [cleanup];
  cleanups.set(t, list);
  t.after(async () => {
    const failures: unknown[] = [];
    for (const next of list.reverse()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  });
}
