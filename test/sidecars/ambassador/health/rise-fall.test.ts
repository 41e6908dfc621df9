import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judge, undecided, type Verdict } from '../../../../sidecars/ambassador/health/rise-fall.ts';

/** The states after each of some results, `+` and `-`. */
function states(results: string, rise: number, fall: number): string {
  let verdict: Verdict = undecided;
  const seen = [...results].map((result) => {
    verdict = judge(verdict, result === '+', { rise, fall });
    return { up: 'U', down: 'd', unknown: '?' }[verdict.state];
  });
  return seen.join('');
}

describe('rise and fall', () => {
  for (const [what, rise, fall, results, expected] of [
    ['the first success is believed at once', 2, 3, '+', 'U'],
    ['the first failure is believed at once', 2, 3, '-', 'd'],
    ['so many failures in a row', 2, 3, '+---', 'UUUd'],
    ['a success between them begins the count anew', 2, 3, '+--+--+---', 'UUUUUUUUUd'],
    ['so many successes in a row', 2, 3, '-++', 'ddU'],
    ['a failure between them begins the count anew', 3, 3, '-++-+++', 'ddddddU'],
    ['once each', 1, 1, '+-+-', 'UdUd'],
    ['back and forth', 2, 2, '+--++--', 'UUddUUd'],
  ] as const)
    test(what, () => assert.equal(states(results, rise, fall), expected));
});
