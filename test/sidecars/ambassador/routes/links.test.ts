import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Invalid } from '#shared/config/kinds.ts';
import { formatRoute } from '../../../../sidecars/ambassador/routes/grammar.ts';
import { routesOfLinks } from '../../../../sidecars/ambassador/routes/links.ts';

type Environment = Readonly<Record<string, string>>;

/** What the legacy bridge of Docker sets for `--link CONTAINER:alias`. */
function dockerLink(alias: string, address: string, port: number): Environment {
  const name = alias.toUpperCase().replaceAll('-', '_');
  const url = `tcp://${address}:${port}`;
  return {
    [`${name}_NAME`]: `/web/${alias}`,
    [`${name}_PORT`]: url,
    [`${name}_PORT_${port}_TCP`]: url,
    [`${name}_PORT_${port}_TCP_ADDR`]: address,
    [`${name}_PORT_${port}_TCP_PORT`]: String(port),
    [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${name}_ENV_PATH`]: '/bin',
  };
}

describe('links become routes', () => {
  const cases: readonly (readonly [title: string, env: Environment, routes: readonly string[]])[] = [
    ['none', { PATH: '/bin', REDIS_PORT: 'tcp://172.17.0.5:6379' }, []],
    ['one container', dockerLink('redis', '172.17.0.5', 6379), ['6379=172.17.0.5:6379']],
    [
      'one container with two ports',
      { ...dockerLink('web', '172.17.0.5', 80), ...dockerLink('web', '172.17.0.5', 443) },
      ['80=172.17.0.5:80', '443=172.17.0.5:443'],
    ],
    [
      'several containers of one service, in the order of their numbers',
      { ...dockerLink('redis_10', '172.17.0.7', 6379), ...dockerLink('redis_2', '172.17.0.6', 6379) },
      ['6379=172.17.0.6:6379,172.17.0.7:6379'],
    ],
    [
      'the names that compose gives one container',
      {
        ...dockerLink('redis', '172.17.0.5', 6379),
        ...dockerLink('redis_1', '172.17.0.5', 6379),
        ...dockerLink('project_redis_1', '172.17.0.5', 6379),
      },
      ['6379=172.17.0.5:6379'],
    ],
    [
      'the names that compose gives two containers',
      {
        ...dockerLink('project_redis_1', '172.17.0.5', 6379),
        ...dockerLink('project_redis_2', '172.17.0.6', 6379),
        ...dockerLink('redis', '172.17.0.5', 6379),
        ...dockerLink('redis_1', '172.17.0.5', 6379),
        ...dockerLink('redis_2', '172.17.0.6', 6379),
      },
      ['6379=172.17.0.5:6379,172.17.0.6:6379'],
    ],
    [
      'a container beyond this machine, by hand',
      { REDIS_PORT_6379_TCP: 'tcp://redis.example:16379' },
      ['6379=redis.example:16379'],
    ],
    ['an IPv6 address', { REDIS_PORT_6379_TCP: 'tcp://[fd00::5]:6379/' }, ['6379=[fd00::5]:6379']],
    ['UDP is none of ours', { DNS_PORT_53_UDP: 'udp://172.17.0.5:53' }, []],
    ['an empty variable is one that is not given', { REDIS_PORT_6379_TCP: '' }, []],
    [
      'a port range names its first port again',
      {
        ...dockerLink('a', '172.17.0.5', 7000),
        A_PORT_7000_TCP_START: 'tcp://172.17.0.5:7000',
        A_PORT_7000_TCP_END: 'tcp://172.17.0.5:7003',
      },
      ['7000=172.17.0.5:7000'],
    ],
    [
      'those that Kubernetes has for our own service and its API are passed over',
      {
        ...dockerLink('redis', '10.0.0.5', 6379),
        AMBASSADOR_PORT_6379_TCP: 'tcp://10.0.0.9:6379',
        AMBASSADOR_PORT_9803_TCP: 'nonsense',
        KUBERNETES_PORT_443_TCP: 'tcp://10.0.0.1:443',
      },
      ['6379=10.0.0.5:6379'],
    ],
  ];
  for (const [title, env, routes] of cases) {
    test(title, () => assert.deepEqual(routesOfLinks(env).map(formatRoute), routes));
  }

  test('with defaults', () => {
    const [route] = routesOfLinks(dockerLink('redis', '172.17.0.5', 6379), 'hold=3s&listen-mode=0600');
    assert.equal(route?.name, '6379');
    assert.equal(formatRoute(route), '6379=172.17.0.5:6379?hold=3s');
  });
});

describe('links that are refused', () => {
  const refusals: readonly (readonly [env: Environment, problem: RegExp])[] = [
    [
      { A_PORT_80_TCP: 'udp://10.0.0.1:80' },
      /^A_PORT_80_TCP=udp:\/\/10\.0\.0\.1:80: the value is not tcp:\/\/HOST:PORT; mend it, or unset it$/,
    ],
    [{ A_PORT_80_TCP: '10.0.0.1:80' }, /^A_PORT_80_TCP=10\.0\.0\.1:80: the value is not tcp/],
    [{ A_PORT_80_TCP: 'tcp://10.0.0.1' }, /^A_PORT_80_TCP=tcp:\/\/10\.0\.0\.1: the value names no port/],
    [{ A_PORT_80_TCP: 'tcp://10.0.0.1:0' }, /the value has 0 for a port/],
    [{ A_PORT_80_TCP: 'tcp://10.0.0.300:80' }, /the value names 10\.0\.0\.300, which is no IPv4 address/],
    [{ A_PORT_80_TCP: 'tcp://unix:/a:80' }, /the value is not tcp/],
    [{ A_PORT_80_TCP: 'tcp://me:pw@a:80' }, /the value is not tcp/],
    [{ A_PORT_80_TCP: 'tcp://unix:80' }, /the value is not/],
    [{ A_PORT_0_TCP: 'tcp://10.0.0.1:80' }, /^A_PORT_0_TCP: the name has 0 for a port/],
    [{ A_PORT_99999_TCP: 'tcp://10.0.0.1:80' }, /^A_PORT_99999_TCP: the name has 99999 for a port/],
    [
      { A_PORT_80_TCP: 'tcp://127.0.0.1:80' },
      /^A_PORT_80_TCP, .*: 127\.0\.0\.1:80 leads back to the route itself; unset the variable/,
    ],
    [
      {
        ...dockerLink('redis_1', '10.0.0.1', 80),
        ...dockerLink('redis_2', '10.0.0.2', 80),
        ...dockerLink('cache', '10.0.0.3', 80),
      },
      /^REDIS_1_PORT_80_TCP and CACHE_PORT_80_TCP: lead to different services, and want the same port; give a route by hand: 80=10\.0\.0\.1:80$/,
    ],
    [
      {
        ...dockerLink('a_1', '10.0.0.1', 80),
        ...dockerLink('a_2', '10.0.0.2', 80),
        ...dockerLink('b_1', '10.0.0.2', 80),
        ...dockerLink('b_2', '10.0.0.3', 80),
      },
      /^A_1_PORT_80_TCP and B_1_PORT_80_TCP: lead to different services/,
    ],
  ];
  for (const [env, problem] of refusals) {
    test(`${problem}`, () => assert.throws(() => routesOfLinks(env), { name: 'Invalid', message: problem }));
  }

  test('all at once', () => {
    const env = { A_PORT_80_TCP: 'x', B_PORT_81_TCP: 'y', C_PORT_82_TCP: 'tcp://c:1', D_PORT_82_TCP: 'tcp://d:1' };
    assert.throws(
      () => routesOfLinks(env, 'holt=1s'),
      (error) => error instanceof Invalid && error.parts.length === 4,
    );
  });
});
