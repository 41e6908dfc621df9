import assert from 'node:assert/strict';
import { makeCheck } from '../../../../sidecars/netprobe/checks/make.ts';
import type { Outcome } from '../../../../sidecars/netprobe/checks/outcome.ts';
import { checkTarget } from '../../../../sidecars/netprobe/checks/target.ts';

/** More than anything here takes that does not wait for its time to be over, in ms. */
export const patience = 20_000;

/** Makes a check of a URL once. */
export function check(url: string, timeout = patience, gateway: () => string | undefined = () => undefined): Promise<Outcome> {
  return makeCheck(checkTarget.parse(url), { timeout, gateway }, new AbortController().signal);
}

/** That parts were timed, those and no others, and that they are not longer than the whole. */
export function assertPhases({ phases, seconds }: Outcome, ...expected: readonly string[]): void {
  assert.deepEqual(Object.keys(phases), expected);
  const all = Object.values(phases);
  assert.ok(
    all.every((part) => part >= 0),
    JSON.stringify(phases),
  );
  assert.ok(all.reduce((sum, part) => sum + part, 0) <= seconds, JSON.stringify({ phases, seconds }));
}
