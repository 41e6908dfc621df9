import { type TestContext, test } from 'node:test';
import { type Need, needs } from '#harness/needs.ts';
import { Ambassador, type Launch } from './ambassador.ts';

/** Starts an ambassador on the engine that the test is about. */
export type Start = (launch: Launch) => Promise<Ambassador>;

/** What a test is made of. */
type Body = (t: TestContext, start: Start, engine: 'net' | 'splice') => Promise<void>;

/** Whether nothing may be left out, however long it takes. */
export const isThorough = (process.env.SIDEKICK_TEST_REQUIRE ?? '').split(',').includes('all');

/** Only keeps a broken test from hanging: it measures nothing. */
const timeout = isThorough ? 180_000 : 90_000;

/**
 * One test on both engines: each has to behave the same.
 * @param more what it needs from the machine beside Linux, which the harness reads `/proc` of.
 */
export function onBothEngines(name: string, body: Body, ...more: readonly Need[]): void {
  for (const engine of ['net', 'splice'] as const)
    test(`${name} (${engine})`, { ...needs('linux', ...more), timeout }, (t) =>
      body(t, (launch) => Ambassador.start(t, engine, launch), engine),
    );
}
