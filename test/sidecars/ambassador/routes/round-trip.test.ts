import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { formatRoute, parseRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';
import type { RouteOptions } from '../../../../sidecars/ambassador/routes/options.ts';
import type { ListenAddress, Route, Target } from '../../../../sidecars/ambassador/routes/route.ts';

const characters = [...'ab/.-_ %&;,=?#+:[]@"\'\\ü€😀\u00a0\t'];
const visible = characters.filter((character) => /\S/.test(character));
const plain = parseRoutes('80=a:1')[0]?.options ?? assert.fail();

test('a route is read as it was written', (t: TestContext) => {
  const random = seeded(t);
  for (let round = 0; round < 2000; round += 1) {
    const route = routeOf(random, 1 + random.below(65_535));
    const text = formatRoute(route);
    assert.doesNotMatch(text, /\s/);
    assert.deepEqual(parseRoutes(text), [route], text);
  }
});

test('routes are read as they were written in one text', (t: TestContext) => {
  const random = seeded(t);
  for (let round = 0; round < 200; round += 1) {
    const routes = Array.from({ length: random.below(6) }, (_, index) => routeOf(random, 1000 + index));
    const text = routes.map(formatRoute).join(random.pick([' ', '\n', ';', ' # 9=a:1\r\n']));
    assert.deepEqual(parseRoutes(text), routes, text);
  }
});

function routeOf(random: Random, port: number): Route {
  const listen = random.pick<ListenAddress>([
    { type: 'tcp', host: undefined, port },
    { type: 'tcp', host: random.pick(['127.0.0.1', '10.1.2.3', '::1', 'fe80::1%eth0', '0.0.0.0', '::']), port },
    { type: 'unix', path: `/${port}${textOf(random, characters)}` },
  ]);
  const options = optionsOf(random, listen, port);
  const others = Array.from({ length: random.below(4) }, (_, index) => targetOf(random, index));
  const targets = [{ type: 'host', host: 'first', port: 1 }, ...others] as const;
  const { name, sni } = options;
  // the name of a route that has none follows from its LISTEN, which is known here for a port alone
  if (name === undefined && (listen.type === 'unix' || listen.host !== undefined)) return routeOf(random, port);
  return { name: name ?? (sni === undefined ? String(port) : `${port} ${sni}`), listen, targets, options };
}

function targetOf(random: Random, index: number): Target {
  return random.pick<Target>([
    {
      type: 'host',
      host: random.pick(['redis', 'a_b.example.', '10.0.0.1', 'fd00::2', 'fe80::2%eth1', '::ffff:10.0.0.1']),
      port: 10 + index,
    },
    { type: 'srv', name: `_redis${index}._tcp.example` },
    { type: 'unix', path: `/backend${index}${textOf(random, characters)}` },
  ]);
}

function optionsOf(random: Random, listen: ListenAddress, port: number): RouteOptions {
  const time = () => 1 + random.below(random.pick([10, 3000, 100_000_000]));
  const path = () => `/${textOf(random, characters)}`;
  const chance = () => random.below(3) === 0;
  const proxyIn = chance();
  const max = chance() ? 1 + random.below(1000) : undefined;
  const ejectTime = time();
  const checkPath = `/${textOf(
    random,
    visible.filter((character) => character < '\x7f'),
  )}`;
  const tls = { tlsCert: path(), ...(chance() && { tlsKey: path() }), ...(chance() && { tlsClientCa: path() }) };
  const tlsOut = { tlsOut: true, tlsOutName: 'proven.example', ...(chance() ? { tlsOutCa: path() } : { tlsOutVerify: false }) };
  const tlsOutCert = { ...tlsOut, tlsOutCert: path(), ...(chance() && { tlsOutKey: path() }) };
  const checks = [{ type: 'tcp' }, { type: 'https', path: checkPath }] as const;
  return {
    ...plain,
    ...(chance() && {
      name: `a${textOf(
        random,
        characters.filter((character) => character !== '\t'),
      )}${port}`,
    }),
    ...(chance() && { balance: random.pick(['least', 'round-robin', 'random']) }),
    ...(chance() && { hold: time(), connectTimeout: time() }),
    ...(chance() && { idle: time(), lifetime: time() }),
    ...(max !== undefined && { max, queue: time(), queueLength: random.below(9) }),
    ...(chance() && { check: random.pick(checks), checkInterval: 10 + time(), rise: 1 + random.below(9) }),
    ...(chance() ? { eject: undefined } : chance() && { ejectTime, ejectMax: ejectTime + time() }),
    ...(proxyIn && { proxyIn, headerTimeout: time() }),
    ...(chance() && { proxyOut: random.pick(['off', 'v1', 'v2']) }),
    ...(chance() && { sni: random.pick(['www.example', '*.example']) }),
    ...(chance() && tls),
    ...(chance() && random.pick([tlsOut, tlsOutCert])),
    ...(listen.type === 'unix' && chance() && { listenMode: '0600' }),
  };
}

function textOf(random: Random, letters: readonly string[]): string {
  return Array.from({ length: random.below(8) }, () => random.pick(letters)).join('');
}
