import { setTimeout as pause } from 'node:timers/promises';

/**
 * Waits until a condition holds, looking every 20 ms.
 * @param what is named in the error: what was waited for.
 * @throws Error after `limit` milliseconds, which only keeps a broken test from hanging: it measures nothing.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>, limit = 60_000): Promise<void> {
  for (const end = Date.now() + limit; ; ) {
    if (await holds()) return;
    if (Date.now() > end) throw new Error(`waited ${limit / 1000} s in vain until ${what}`);
    await pause(20);
  }
}
