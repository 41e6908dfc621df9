import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { help, printSettings } from '#shared/config/describe.ts';
import { Invalid } from '#shared/config/kinds.ts';
import { read } from '#shared/config/read.ts';
import { innerName } from '#shared/config/table.ts';
import { program, routesOf, routesOfText } from '../../../sidecars/ambassador/config.ts';
import { formatRoute } from '../../../sidecars/ambassador/routes/grammar.ts';
import { routeOptions } from '../../../sidecars/ambassador/routes/options.ts';

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

function readingOf({ argv = [], env = {}, files = {} }: Given) {
  return read(program, { argv, env, readFile: (path) => files[path] ?? assert.fail(`${path} is not there`) });
}

function settingsOf(given: Given) {
  const reading = readingOf(given);
  assert.ok('settings' in reading, reading.problems.join('\n'));
  return reading;
}

const routesFrom = (given: Given) => {
  const { settings, env } = settingsOf(given);
  return routesOf(settings, env).map(formatRoute);
};

const redis = { REDIS_NAME: '/web/redis', REDIS_PORT: 'tcp://172.17.0.5:6379', REDIS_PORT_6379_TCP: 'tcp://172.17.0.5:6379' };

describe('routes come from', () => {
  const cases: readonly (readonly [title: string, given: Given, routes: readonly string[]])[] = [
    ['words', { argv: ['6379=redis:6379', '80', 'web', '8080'] }, ['6379=redis:6379', '80=web:8080']],
    ['words and --routes', { argv: ['--routes', '1=a:1 2=b:1', '3=c:1'] }, ['1=a:1', '2=b:1', '3=c:1']],
    ['the environment', { env: { AMBASSADOR_ROUTES: '1=a:1\n2=b:1?hold=1s # x' } }, ['1=a:1', '2=b:1?hold=1s']],
    ['a file', { env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '# mine\n1=a:1\n' } }, ['1=a:1']],
    ['a file with a comment alone', { env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '# none\n' } }, []],
    ['routes with defaults', { argv: ['1=a:1'], env: { AMBASSADOR_DEFAULTS: 'hold=1s&check=tcp' } }, ['1=a:1?hold=1s&check=tcp']],
    ['links', { env: { AMBASSADOR_LINKS: 'on', ...redis } }, ['6379=172.17.0.5:6379']],
    ['links with defaults', { argv: ['--links', '--defaults=max=5'], env: redis }, ['6379=172.17.0.5:6379?max=5']],
    ['routes before links', { argv: ['--links', '127.0.0.1:6379=other:6379'], env: redis }, ['127.0.0.1:6379=other:6379']],
    ['routes beside links', { argv: ['--links', '1=a:1'], env: redis }, ['1=a:1', '6379=172.17.0.5:6379']],
    ['no links where they are not asked for', { argv: ['1=a:1'], env: redis }, ['1=a:1']],
    [
      'routes, where we are linked under our own name',
      {
        argv: ['--links', '1=a:1'],
        env: {
          AMBASSADOR_NAME: '/web/ambassador',
          AMBASSADOR_PORT: 'tcp://10.0.0.1:1',
          AMBASSADOR_PORT_6379_TCP: 'tcp://10.0.0.1:6379',
          AMBASSADOR_ENV_TZ: 'UTC',
        },
      },
      ['1=a:1'],
    ],
  ];
  for (const [title, given, routes] of cases) test(title, () => assert.deepEqual(routesFrom(given), routes));

  test('the file whose path is told', () => {
    const { origins } = settingsOf({ env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '1=a:1' } });
    assert.equal(origins.routes?.file, '/r');
  });
});

describe('refused, with every problem', () => {
  const cases: readonly (readonly [title: string, given: Given, problems: readonly RegExp[]])[] = [
    ['no routes at all', {}, [/^AMBASSADOR_ROUTES is not set.*give some, such as 6379=redis:6379/]],
    [
      'links, and none there',
      { argv: ['--links'] },
      [/^AMBASSADOR_LINKS is on, and the environment has no link, such as REDIS_PORT_6379_TCP/],
    ],
    ['an empty file', { env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '\n' } }, [/^AMBASSADOR_ROUTES_FILE=\/r is empty/]],
    [
      'a blank file',
      { env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '\n\n' } },
      [/^AMBASSADOR_ROUTES_FILE \(in \/r\): it is empty; .* # none/],
    ],
    [
      'wrong routes and other settings',
      { argv: ['1=a', '2=b:1?foo=1'], env: { AMBASSADOR_ENGINE: 'fast', AMBASSADOR_DEFAULTS: 'hold=3', AMBASSADOR_ROUTE: '1' } },
      [
        /^AMBASSADOR_ROUTE \(environment\) is no option; did you mean AMBASSADOR_ROUTES\?/,
        /^--routes: 1=a: a names no port/,
        /^--routes: 2=b:1\?foo=1: foo is no option/,
        /^AMBASSADOR_DEFAULTS: hold=3: hold=3 needs a unit/,
        /^AMBASSADOR_ENGINE=fast is none of auto, net, splice/,
      ],
    ],
    [
      'routes and links that go wrong together',
      { argv: ['--links', '1=a:1?rise=1', '2=b:1?name=6379', '3=c:1?tls-key=/k'], env: { ...redis, WEB_PORT_80_TCP: 'web' } },
      [
        /^WEB_PORT_80_TCP=web: the value is not tcp/,
        /^REDIS_PORT_6379_TCP, .*: is called 6379, as 2=b:1\?name=6379 is/,
        /^--routes: 1=a:1\?rise=1: rise says nothing here/,
        /^--routes: 3=c:1\?tls-key=\/k: tls-key says nothing here/,
      ],
    ],
    [
      'a route where the admin server is',
      { argv: ['1=a:1', '127.0.0.1:9803=a:1'] },
      [/^--routes: 127\.0\.0\.1:9803=a:1: listens where the admin server does, at :9803; .*by AMBASSADOR_ADMIN/],
    ],
    [
      'a Unix socket where the admin server is',
      { argv: ['unix:/a=a:1', '--admin=unix:/a'] },
      [/^--routes: unix:\/a=a:1: listens where the admin server does, at unix:\/a/],
    ],
    [
      'what is wrong with routes of a file only together with others',
      { env: { AMBASSADOR_ROUTES_FILE: '/r' }, files: { '/r': '1=a:1?tls-key=/k\n' } },
      [/^AMBASSADOR_ROUTES_FILE \(in \/r\): 1=a:1\?tls-key=\/k: tls-key says nothing here/],
    ],
    [
      'faults without their engine',
      { argv: ['--faults', '--engine=splice', '1=a:1'] },
      [/^AMBASSADOR_FAULTS is on, and only the engine net has faults/],
    ],
    ['names resolved too rarely', { argv: ['--resolve=1m', '1=a:1'] }, [/^--resolve=1m is too large: the most is 5s/]],
  ];
  for (const [title, given, problems] of cases) {
    test(title, () => {
      const told = readingOf(given).problems;
      assert.equal(told.length, problems.length, told.join('\n'));
      for (const [index, problem] of problems.entries()) assert.match(told[index] ?? '', problem);
    });
  }
});

describe('a file that was read again', () => {
  const { settings, env } = settingsOf({ argv: ['--links', '--defaults=hold=1s', '1=a:1'], env: redis });

  test('stands in the place of the routes, with the same defaults and links', () => {
    const routes = routesOfText('# two\n2=b:1?hold=2s\n', settings, env);
    assert.deepEqual(routes.map(formatRoute), ['2=b:1?hold=2s', '6379=172.17.0.5:6379?hold=1s']);
    assert.deepEqual(routesOfText('# none', { ...settings, links: false }, env), []);
  });

  test('is refused with every problem', () => {
    assert.throws(
      () => routesOfText('1=a 2=b:1?tls-key=/k 3=c:1 3=d:1', settings, env),
      (error) => error instanceof Invalid && error.parts.length === 3,
    );
    for (const text of ['', '\n \n']) assert.throws(() => routesOfText(text, settings, env), /it is empty/);
  });
});

test('--print-settings writes what is read again', () => {
  const given = {
    argv: ['80', 'a', '1', '443=b:1?sni=x&tls-cert=/c'],
    env: { AMBASSADOR_DEFAULTS: 'hold=1s&check=http:/a%26b' },
  };
  const { settings, origins } = settingsOf(given);
  const text = printSettings(program, settings, origins);
  assert.match(text, /^AMBASSADOR_ROUTES=80=a:1 443=b:1\?sni=x&tls-cert=\/c {2}# flag$/m);
  const again = settingsOf({ argv: ['--settings', '/s'], files: { '/s': text } });
  assert.deepEqual(again.settings.defaults, settings.defaults);
  assert.deepEqual(routesOf(again.settings, {}), routesOf(settings, {}));
});

test('--help tells of every option of a route', () => {
  const text = help(program);
  for (const key of Object.keys(routeOptions)) assert.ok(text.includes(`\n  ${innerName(key)}\n`), key);
});

test('the examples are read', () => {
  for (const { command } of program.examples) {
    const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
    const argv = words.slice(words.indexOf('sidekick/ambassador') + 1);
    if (argv.length > 0) assert.equal(routesFrom({ argv }).length, argv.length, command);
  }
});
