import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';
import { listenersOf, listenKey, plan } from '../../../../sidecars/ambassador/routes/plan.ts';

/** What a plan asks for, in keys and names. */
function planned(before: string, after: string) {
  const { close, open, change, routes } = plan(parseRoutes(before), parseRoutes(after));
  const listeners = { close, open, change };
  const keys = Object.entries(listeners).map(([what, found]) => [what, found.map(({ key }) => key)] as const);
  const names = { remove: routes.remove.map(({ name }) => name), add: routes.add.map(({ name }) => name) };
  const all = [...keys, ...Object.entries(names), ['update', routes.change.map((pair) => pair.after.name)] as const];
  return Object.fromEntries(all.filter(([, found]) => found.length > 0));
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
    ['from nothing', '', '1=a:1 2=b:1', { open: ['1', '2'], add: ['1', '2'] }],
    ['to nothing', '1=a:1 2=b:1', '', { close: ['1', '2'], remove: ['1', '2'] }],
    ['one comes, one goes', '1=a:1 2=b:1', '2=b:1 3=c:1', { close: ['1'], open: ['3'], remove: ['1'], add: ['3'] }],
    ['other backends', '1=a:1', '1=a:1,b:1', { change: ['1'], update: ['1'] }],
    ['other options', '1=a:1 2=b:1', '1=a:1?max=5 2=b:1', { change: ['1'], update: ['1'] }],
    ['another address', '1=a:1', '127.0.0.1:1=a:1', { close: ['1'], open: ['127.0.0.1:1'], remove: ['1'], add: ['127.0.0.1:1'] }],
    ['a route that moves', '1=a:1?name=a', '2=a:1?name=a', { close: ['1'], open: ['2'], update: ['a'] }],
    ['a route with another name', '1=a:1?name=a', '1=a:1?name=b', { change: ['1'], remove: ['a'], add: ['b'] }],
    ['one more server name', '443=a:1?sni=x', '443=a:1?sni=x 443=b:1', { change: ['443'], add: ['443'] }],
    ['one server name less', '443=a:1?sni=x 443=b:1?sni=y', '443=b:1?sni=y', { change: ['443'], remove: ['443 x'] }],
    ['the backends of one server name', '443=a:1?sni=x 443=b:1', '443=c:1?sni=x 443=b:1', { change: ['443'], update: ['443 x'] }],
    ['two that swap', '1=a:1?name=a 2=b:1?name=b', '2=a:1?name=a 1=b:1?name=b', { change: ['2', '1'], update: ['a', 'b'] }],
    [
      'a Unix socket',
      'unix:/a=a:1',
      'unix:/b=a:1',
      { close: ['unix:/a'], open: ['unix:/b'], remove: ['unix:/a'], add: ['unix:/b'] },
    ],
  ];
  for (const [title, before, after, asks] of cases) {
    test(title, () => assert.deepEqual(planned(before || '# none', after || '# none'), asks));
  }

  test('hands over the routes of a listener, and both sides of what changes', () => {
    const [before, after] = [parseRoutes('443=a:1?sni=x'), parseRoutes('443=b:1?sni=x 443=c:1')];
    const { change, routes } = plan(before, after);
    assert.deepEqual(change, [{ key: '443', address: { type: 'tcp', host: undefined, port: 443 }, routes: after }]);
    assert.deepEqual(routes.change, [{ before: before[0], after: after[0] }]);
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
