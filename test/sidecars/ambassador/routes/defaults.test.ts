import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatRoute, parseRoutes, routeDefaults } from '../../../../sidecars/ambassador/routes/grammar.ts';

describe('defaults', () => {
  const texts: readonly (readonly [title: string, defaults: string, text: string, written: readonly string[]])[] = [
    [
      'hold for routes that do not give them',
      'hold=3s&check=tcp',
      '1=a:1 2=a:1?hold=4s',
      ['1=a:1?hold=3s&check=tcp', '2=a:1?hold=4s&check=tcp'],
    ],
    ['hold for routes in the old form', 'hold=3s', '1 a 1', ['1=a:1?hold=3s']],
    ['give way to what is said to be as without them', 'hold=3s&check=tcp', '1=a:1?hold=0s&check=off', ['1=a:1']],
    [
      'are left out where they say nothing',
      'listen-mode=0600&tls-out-ca=/ca',
      '1=a:1 unix:/a=a:1?tls-out',
      ['1=a:1', 'unix:/a=a:1?tls-out=true&tls-out-ca=/ca&listen-mode=0600'],
    ],
    [
      'are left out where a route contradicts them',
      'balance=source&family=6',
      'unix:/x=a:1 1=1.2.3.4:1 2=a:1',
      ['unix:/x=a:1?family=6', '1=1.2.3.4:1?balance=source', '2=a:1?balance=source&family=6'],
    ],
    ['are left out one after the other', 'tls-out-cert=/c&tls-out-key=/k', '1=a:1', ['1=a:1']],
    [
      'are what options of a route need',
      'tls-cert=/c&max=5',
      '1=a:1?tls-key=/k&queue=1s',
      ['1=a:1?max=5&queue=1s&tls-cert=/c&tls-key=/k'],
    ],
    [
      'hold for all routes of one LISTEN',
      'proxy-in&header-timeout=1s',
      '1=a:1?sni=x 1=b:1',
      ['1=a:1?header-timeout=1s&proxy-in=true&sni=x', '1=b:1?header-timeout=1s&proxy-in=true'],
    ],
    [
      'leave a LISTEN one time for headers',
      'header-timeout=1s',
      '1=a:1?sni=x 1=b:1',
      ['1=a:1?header-timeout=1s&sni=x', '1=b:1?header-timeout=1s'],
    ],
  ];
  for (const [title, defaults, text, written] of texts) {
    test(title, () => assert.deepEqual(parseRoutes(text, defaults).map(formatRoute), written));
  }

  test('that a route contradicts are a problem of the route', () => {
    assert.throws(
      () => parseRoutes('1=a:1?eject-max=7s', 'eject-time=9s'),
      /^Invalid: 1=a:1\?eject-max=7s: eject-time, 9s, is above eject-max, 7s/,
    );
  });

  const refusals: readonly (readonly [text: string, problem: RegExp])[] = [
    ['name=x', /name=x: name belongs to one route; give it there/],
    ['sni=x', /sni belongs to one route/],
    ['hold=3', /hold=3 needs a unit/],
    ['holt=3s', /holt is no option of a route; did you mean hold\?/],
    ['eject-time=10m', /eject-time, 10m, is above eject-max, 5m/],
  ];
  for (const [text, problem] of refusals) {
    test(`${text} is refused`, () => assert.throws(() => parseRoutes('1=a:1', text), problem));
  }

  test('are written as they are read', () => {
    for (const text of ['', 'hold=3s&check=http:/a%3Fb', 'balance=least&idle=off'])
      assert.equal(routeDefaults.format(routeDefaults.parse(text)), text);
  });
});
