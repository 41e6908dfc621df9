// Filters in the words of ss(8).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Filterable, parseFilter } from '../../../../sidecars/netprobe/ss/filter.ts';

const web: Filterable = {
  state: 'ESTAB',
  source: '10.0.0.1',
  sourcePort: 443,
  destination: '192.0.2.7',
  destinationPort: 50_001,
};
const six: Filterable = {
  state: 'TIME-WAIT',
  source: 'fd00::1',
  sourcePort: 80,
  destination: '2001:db8::5',
  destinationPort: 40_000,
};
const unix: Filterable = { state: 'ESTAB', source: '/run/app.sock', sourcePort: 17, destination: '', destinationPort: 18 };

function chosen(text: string): string {
  const { states, matches } = parseFilter(text.split(' '));
  const all = { web, six, unix };
  return Object.entries(all)
    .filter(([, socket]) => (states === undefined || states.has(socket.state)) && matches(socket))
    .map(([name]) => name)
    .join(' ');
}

describe('what a filter chooses', () => {
  for (const [text, expected] of [
    ['state established', 'web unix'],
    ['state time-wait', 'six'],
    ['state established state time-wait', 'web six unix'],
    ['exclude established', 'six'],
    ['state connected', 'web six unix'],
    ['state bucket', 'six'],
    ['dst 192.0.2.7', 'web'],
    ['dst 192.0.0.0/16', 'web'],
    ['dst 192.0.2.7:50001', 'web'],
    ['dst 192.0.2.7:1', ''],
    ['src :443', 'web'],
    ['src *:80', 'six'],
    ['dst [2001:db8::5]', 'six'],
    ['dst [2001:db8::5]:40000', 'six'],
    ['src fd00::/8', 'six'],
    ['src = fd00::1', 'six'],
    ['src /run/app.sock', 'unix'],
    ['sport = :443', 'web'],
    ['sport :443', 'web'],
    ['sport 443', 'web'],
    ['sport >= :80 and sport < :400', 'six'],
    ['sport ge 80 sport lt 400', 'six'],
    ['sport != :443 and dport != :18', 'six'],
    ['not sport = :443', 'six unix'],
    ['! sport = :443 and not src /run/app.sock', 'six'],
    ['( sport = :443 or sport = :80 ) and dport > :45000', 'web'],
    ['sport = :443 or sport = :80 and dport > :45000', 'web'],
    ['state established ( dport = :50001 | dport = :18 )', 'web unix'],
    ['dport>:45000', 'web'],
  ] as const)
    test(text, () => assert.equal(chosen(text), expected));
});

describe('what is no filter', () => {
  for (const [text, problem] of [
    ['state', /the filter ends behind state/],
    ['state open', /open is no state; there are established/],
    ['dst', /dst is no condition|dst {2}is no condition/],
    ['dst example.org', /example\.org is no address; names are not resolved/],
    ['dst 10.0.0.0/40', /10\.0\.0\.0\/40 is no network/],
    ['sport = http', /sport = http is no condition; such as sport = :443/],
    ['sport = :70000', /no condition/],
    ['port = :80', /port is no condition; there are src, dst, sport, dport/],
    ['( sport = :80', /a parenthesis is not closed/],
    ['sport = :80 )', /\) is not expected there/],
    ['not', /the filter ends too early/],
    ['sport = :80 or', /the filter ends too early/],
  ] as const)
    test(text, () =>
      assert.throws(
        () => parseFilter(text.split(' ')),
        (error: Error & { code?: number }) => problem.test(error.message) && error.code === 64,
      ),
    );
});
