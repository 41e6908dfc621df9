import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Known, outlookOf } from '../../../../sidecars/ambassador/health/outlook.ts';

const well: Known = { key: 'a:1', isWell: true, checkFailure: '', lastFailure: undefined };
const failing: Known = { ...well, key: 'b:1', lastFailure: 'refused' };
const down: Known = { ...well, key: 'c:1', isWell: false, checkFailure: 'it answers 503' };
const pending: Known = { ...well, key: 'd:1', isWell: false };

describe('the outlook of a route', () => {
  for (const [what, backends, problem, expected] of [
    ['none', [], undefined, 'it has no backends yet'],
    ['none, for a reason', [], 'redis: no such name', 'it has no backends: redis: no such name'],
    ['one that is well', [well], undefined, ''],
    ['one of several that is well', [down, failing, well], 'redis: no such name', ''],
    ['one that is down', [down], undefined, 'its backend is down: c:1: it answers 503'],
    ['all down', [pending, down, down], undefined, 'all 3 backends are down: c:1: it answers 503'],
    ['none checked yet', [pending], undefined, 'no backend has been checked yet'],
    ['all that are well fail', [down, failing], undefined, 'no client can be connected of late: b:1: refused'],
  ] as const)
    test(what, () => {
      assert.deepEqual(outlookOf(backends, true, problem), { state: expected === '' ? 'ok' : 'degraded', reason: expected });
      const reason = expected || 'no backend was reached yet';
      assert.deepEqual(outlookOf(backends, false, problem), { state: 'starting', reason });
    });
});
