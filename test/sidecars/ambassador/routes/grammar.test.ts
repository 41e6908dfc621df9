import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Invalid } from '#shared/config/kinds.ts';
import { formatRoute, parseRoutes, writtenRoutes } from '../../../../sidecars/ambassador/routes/grammar.ts';
import type { ListenAddress, Target } from '../../../../sidecars/ambassador/routes/route.ts';

const host = (name: string, port: number): Target => ({ type: 'host', host: name, port });
const tcp = (port: number, address?: string): ListenAddress => ({ type: 'tcp', host: address, port });

describe('a route', () => {
  const routes: readonly (readonly [text: string, listen: ListenAddress, targets: readonly Target[], written?: string])[] = [
    ['6379=redis:6379', tcp(6379), [host('redis', 6379)]],
    [':6379=redis:6379', tcp(6379), [host('redis', 6379)], '6379=redis:6379'],
    ['6379=redis-1:6379,redis-2:6380', tcp(6379), [host('redis-1', 6379), host('redis-2', 6380)]],
    ['127.0.0.1:80=10.0.0.2:8080', tcp(80, '127.0.0.1'), [host('10.0.0.2', 8080)]],
    ['localhost:80=web:8080', tcp(80, '127.0.0.1'), [host('web', 8080)], '127.0.0.1:80=web:8080'],
    ['[::1]:80=[FD00:0:0::2]:8080', tcp(80, '::1'), [host('fd00::2', 8080)], '[::1]:80=[fd00::2]:8080'],
    ['[fe80::1%eth0]:80=[fe80::2%eth0]:80', tcp(80, 'fe80::1%eth0'), [host('fe80::2%eth0', 80)]],
    ['[::]:80=[::ffff:10.0.0.1]:80', tcp(80, '::'), [host('::ffff:10.0.0.1', 80)]],
    ['80=My_Service.example.:80', tcp(80), [host('my_service.example.', 80)], '80=my_service.example.:80'],
    ['80=web.1:80', tcp(80), [host('web.1', 80)]],
    ['6379=srv:_redis._tcp.example', tcp(6379), [{ type: 'srv', name: '_redis._tcp.example' }]],
    ['6379=srv:redis.service.consul,a:1', tcp(6379), [{ type: 'srv', name: 'redis.service.consul' }, host('a', 1)]],
    ['unix:/run/a.sock=unix:/run/b.sock', { type: 'unix', path: '/run/a.sock' }, [{ type: 'unix', path: '/run/b.sock' }]],
    [
      'unix:/a%20%3D%25=unix:/b%2C%3F=,a:1',
      { type: 'unix', path: '/a =%' },
      [{ type: 'unix', path: '/b,?=' }, host('a', 1)],
      'unix:/a%20%3D%25=unix:/b%2C%3F%3D,a:1',
    ],
    ['80 hasher 80', tcp(80), [host('hasher', 80)], '80=hasher:80'],
    [
      '80 hasher 80 ::1 81 Cow 82',
      tcp(80),
      [host('hasher', 80), host('::1', 81), host('cow', 82)],
      '80=hasher:80,[::1]:81,cow:82',
    ],
  ];

  for (const [text, listen, targets, written = text] of routes) {
    test(`${text} is read, and written in one way`, () => {
      const [route, ...others] = parseRoutes(text);
      assert.ok(route);
      assert.deepEqual([route.listen, route.targets, others], [listen, targets, []]);
      assert.equal(formatRoute(route), written);
    });
  }

  const names: readonly (readonly [text: string, name: string])[] = [
    [':6379=a:1', '6379'],
    ['localhost:6379=a:1', '127.0.0.1:6379'],
    ['[0::1]:6379=a:1', '[::1]:6379'],
    ['unix:/run/x.sock=a:1', 'unix:/run/x.sock'],
    ['443=a:1?sni=WWW.example', '443 www.example'],
    ['443=a:1?sni=*.example', '443 *.example'],
    ['443=a:1?sni=www.example&name=the%20web', 'the web'],
    ['80 a 1', '80'],
  ];
  for (const [text, name] of names) {
    test(`${text} is called ${name}`, () =>
      assert.deepEqual(
        parseRoutes(text).map((route) => route.name),
        [name],
      ));
  }
});

describe('a text of routes', () => {
  const texts: readonly (readonly [title: string, text: string, routes: readonly string[]])[] = [
    ['blanks, tabs and line ends', '1=a:1 2=a:1\t3=a:1\r\n4=a:1\n\n', ['1=a:1', '2=a:1', '3=a:1', '4=a:1']],
    ['semicolons', ';1=a:1;2=a:1 ; 3=a:1;', ['1=a:1', '2=a:1', '3=a:1']],
    ['comments', '# 9=a:1\n1=a:1 # 8=a:1; 7=a:1\n  # more\n2=a:1;#6=a:1\r\n3=a:1', ['1=a:1', '2=a:1', '3=a:1']],
    ['a # within a word', '1=a:1?check=http:/a#b', ['1=a:1?check=http:/a#b']],
    ['a byte order mark', '\ufeff1=a:1', ['1=a:1']],
    [
      'old and new forms mixed',
      '80 a 1 b 2 90 c 3 1=a:1 100 d 4\n110 e 5',
      ['80=a:1,b:2', '90=c:3', '1=a:1', '100=d:4', '110=e:5'],
    ],
    ['comments alone', '# nothing\n#\n', []],
    ['server names on one LISTEN', '443=a:1?sni=a.b 443=b:1?sni=*.b 443=c:1', ['443=a:1?sni=a.b', '443=b:1?sni=*.b', '443=c:1']],
    [
      'one port on two addresses',
      '127.0.0.1:1=a:1 127.0.0.2:1=a:1 [::1]:1=a:1',
      ['127.0.0.1:1=a:1', '127.0.0.2:1=a:1', '[::1]:1=a:1'],
    ],
    [
      'a port of this machine on another address',
      '127.0.0.2:1=localhost:1 127.0.0.1:1=127.0.0.3:1',
      ['127.0.0.2:1=localhost:1', '127.0.0.1:1=127.0.0.3:1'],
    ],
  ];
  for (const [title, text, routes] of texts) {
    test(`${title}`, () => assert.deepEqual(parseRoutes(text).map(formatRoute), routes));
  }

  test('is written as it is read, without defaults', () => {
    const text = '80=a:1?balance=least&hold=3s 443=b:1?sni=x.y&tls-cert=/c';
    assert.equal(writtenRoutes.format(writtenRoutes.parse(text)), text);
  });

  test('of a flag that is given several times, and of several words', () => {
    const join = writtenRoutes.join ?? assert.fail();
    assert.equal(writtenRoutes.format(writtenRoutes.parse(join(['80', 'a', '1', '#b=c', '2=a:1']))), '80=a:1 2=a:1');
  });

  test('that is empty is refused: its file is being written', () => {
    for (const text of ['', ' \n\n']) assert.throws(() => writtenRoutes.parse(text), /it is empty; .* write a comment: # none/);
  });
});

describe('options', () => {
  const values = [
    ['connect-timeout=500ms', { connectTimeout: 500 }],
    ['idle=off&lifetime=1h', { idle: undefined, lifetime: 3_600_000 }],
    ['max=100&backend-max=off', { max: 100, backendMax: undefined }],
    ['check=http:/a%3Fb%26c', { check: { type: 'http', path: '/a?b&c' } }],
    ['check=http:/a?b=c,d', { check: { type: 'http', path: '/a?b=c,d' } }],
    ['&proxy-in&&name=x%25+y&', { proxyIn: true, name: 'x%+y' }],
    ['tls-out=true&tls-out-verify=false', { tlsOut: true, tlsOutVerify: false }],
    ['', {}],
  ] as const;
  for (const [text, expected] of values) {
    test(`${text} is read`, () => {
      const [route] = parseRoutes(`80=a:1?${text}`);
      const [plain] = parseRoutes('80=a:1');
      assert.deepEqual(route?.options, { ...plain?.options, ...expected });
    });
  }

  test('a mode of a Unix socket has four digits', () => {
    for (const mode of ['660', '0660'])
      assert.equal(parseRoutes(`unix:/a=a:1?listen-mode=${mode}`)[0]?.options.listenMode, '0660');
  });

  test('those that are not the default are written, in the order of the table', () => {
    const [route] = parseRoutes('80=a:1?hold=3s&balance=least&name=a%20b%26%25&eject=off');
    assert.equal(route && formatRoute(route), '80=a:1?name=a%20b%26%25&hold=3s&eject=off');
  });
});

test('everything that is wrong is told at once, each behind its route', () => {
  const text = '80=a:0?hold=3 90 b\n70=c:1?tls-key=/k 60=d:1 :60=e:1?name=x 50=f:1?name=x nonsense';
  assert.throws(
    () => parseRoutes(text, 'chek=tcp'),
    (error) => {
      assert.ok(error instanceof Invalid);
      assert.deepEqual(
        error.parts.map((part) => part.slice(0, part.indexOf(': '))),
        [
          'chek=tcp',
          '80=a:0?hold=3',
          '80=a:0?hold=3',
          '90 b',
          'nonsense',
          ':60=e:1?name=x',
          '50=f:1?name=x',
          '70=c:1?tls-key=/k',
        ],
      );
      return true;
    },
  );
});
