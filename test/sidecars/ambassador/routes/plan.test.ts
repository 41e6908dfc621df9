import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';
import { listenersOf, listenKey, plan } from '../../../../sidecars/ambassador/routes/plan.ts';

/** What a plan asks for, in keys. */
function planned(before: string, after: string) {
  const listeners = Object.entries(plan(parseRoutes(before), parseRoutes(after)));
  const keys = listeners.map(([what, found]) => [what, found.map(({ key }: { key: string }) => key)] as const);
  return Object.fromEntries(keys.filter(([, found]) => found.length > 0));
}

describe('a change of routes', () => {
  const cases: readonly (readonly [
    title: string,
    before: string,
    after: string,
    asks: Readonly<Record<string, readonly string[]>>,
  ])[] = [
    ['none', '1=a:1?hold=3s 443=b:1?sni=x 443=c:1', ':1=A:1?hold=3000ms 443=b:1?sni=X 443 c 1', {}],
    ['none but their order', '1=a:1 2=b:1', '2=b:1 1=a:1', {}],
    ['from nothing', '', '1=a:1 2=b:1', { open: ['1', '2'] }],
    ['to nothing', '1=a:1 2=b:1', '', { close: ['1', '2'] }],
    ['one comes, one goes', '1=a:1 2=b:1', '2=b:1 3=c:1', { close: ['1'], open: ['3'] }],
    ['other backends', '1=a:1', '1=a:1,b:1', { change: ['1'] }],
    ['other options', '1=a:1 2=b:1', '1=a:1?max=5 2=b:1', { change: ['1'] }],
    ['another address', '1=a:1', '127.0.0.1:1=a:1', { close: ['1'], open: ['127.0.0.1:1'] }],
    ['a route that moves', '1=a:1?name=a', '2=a:1?name=a', { close: ['1'], open: ['2'] }],
    ['a route with another name', '1=a:1?name=a', '1=a:1?name=b', { change: ['1'] }],
    ['one more server name', '443=a:1?sni=x', '443=a:1?sni=x 443=b:1', { change: ['443'] }],
    ['one server name less', '443=a:1?sni=x 443=b:1?sni=y', '443=b:1?sni=y', { change: ['443'] }],
    ['the backends of one server name', '443=a:1?sni=x 443=b:1', '443=c:1?sni=x 443=b:1', { change: ['443'] }],
    ['two that swap', '1=a:1?name=a 2=b:1?name=b', '2=a:1?name=a 1=b:1?name=b', { change: ['2', '1'] }],
    ['a Unix socket', 'unix:/a=a:1', 'unix:/b=a:1', { close: ['unix:/a'], open: ['unix:/b'] }],
  ];
  for (const [title, before, after, asks] of cases) {
    test(title, () => assert.deepEqual(planned(before || '# none', after || '# none'), asks));
  }

  test('hands over the routes of a listener', () => {
    const [before, after] = [parseRoutes('443=a:1?sni=x'), parseRoutes('443=b:1?sni=x 443=c:1')];
    const { change } = plan(before, after);
    assert.deepEqual(change, [{ key: '443', address: { type: 'tcp', host: undefined, port: 443 }, routes: after }]);
  });
});

test('a listener is known by one key, however it is written', () => {
  const keys = (text: string) => listenersOf(parseRoutes(text)).map(({ key }) => key);
  assert.deepEqual(keys('80=a:1 localhost:81=a:1 [0:0::1]:82=a:1 unix:/a%20b=a:1'), [
    '80',
    '127.0.0.1:81',
    '[::1]:82',
    'unix:/a b',
  ]);
  assert.equal(listenKey({ type: 'tcp', host: 'fe80::1%eth0', port: 1 }), '[fe80::1%eth0]:1');
});
