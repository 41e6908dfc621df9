import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { address, type Listen, listen } from '#shared/config/address.ts';
import { glob, headers, labels, list } from '#shared/config/collections.ts';
import {
  boolean,
  bytes,
  choice,
  duration,
  Invalid,
  integer,
  type Kind,
  longestTimer,
  orOff,
  path,
  secret,
  text,
  url,
} from '#shared/config/kinds.ts';

/** What texts a kind reads, and to what; and which it refuses, with words of the reason. */
interface Table<T> {
  readonly kind: Kind<T>;
  readonly good: readonly (readonly [text: string, value: T])[];
  readonly bad: readonly (readonly [text: string, reason: RegExp])[];
}

function table<T>(title: string, { kind, good, bad }: Table<T>): void {
  describe(title, () => {
    for (const [given, value] of good) {
      test(`reads ${JSON.stringify(given)}`, () => assert.deepEqual(kind.parse(given), value));
    }
    test('reads what it writes', () => {
      for (const [, value] of good) assert.deepEqual(kind.parse(kind.format(value)), value);
    });
    for (const [given, reason] of bad) {
      test(`refuses ${JSON.stringify(given.slice(0, 40))}`, () =>
        assert.throws(
          () => kind.parse(given),
          (error) => {
            assert.ok(error instanceof Invalid);
            assert.match(error.message, reason);
            return true;
          },
        ));
    }
  });
}

table('duration', {
  kind: duration({ min: 100, max: longestTimer }),
  good: [
    ['100ms', 100],
    ['3s', 3000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1d', 86_400_000],
    ['1s500ms', 1500],
    ['24d', longestTimer],
    ['90061ms', 90_061],
  ],
  bad: [
    ['3', /needs a unit/],
    ['-3s', /is not a duration/],
    ['3 s', /is not a duration/],
    ['s', /is not a duration/],
    ['3y', /is not a duration/],
    ['', /is not a duration/],
    ['0', /least is 100ms/],
    ['99ms', /least is 100ms/],
    ['25d', /most is 24d/],
  ],
});

table('size', {
  kind: bytes({ max: 2 ** 40 }),
  good: [
    ['0', 0],
    ['512B', 512],
    ['64Ki', 65_536],
    ['64KiB', 65_536],
    ['10M', 10_000_000],
    ['10MB', 10_000_000],
    ['1k', 1000],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1Ti', 2 ** 40],
    ['1234567B', 1_234_567],
  ],
  bad: [
    ['64', /needs a unit/],
    ['64kb', /is not a size/],
    ['-1Ki', /is not a size/],
    ['Ki', /is not a size/],
    ['', /is not a size/],
    ['2Ti', /most is 1Ti/],
  ],
});

table('number', {
  kind: integer({ min: -3, max: 16 }),
  good: [
    ['0', 0],
    ['-3', -3],
    ['+16', 16],
  ],
  bad: [
    ['1.5', /whole number/],
    ['0x10', /whole number/],
    ['1e3', /whole number/],
    ['', /whole number/],
    ['99999999999999999999', /whole number/],
    ['17', /most is 16/],
    ['-4', /least is -3/],
  ],
});

table('true or false', {
  kind: boolean,
  good: [
    ['true', true],
    ['YES', true],
    ['on', true],
    ['1', true],
    ['false', false],
    ['No', false],
    ['off', false],
    ['0', false],
  ],
  bad: [
    ['', /neither/],
    ['truee', /neither/],
    ['2', /neither/],
  ],
});

table<'beginning' | 'end'>('choice', {
  kind: choice('beginning', 'end'),
  good: [
    ['beginning', 'beginning'],
    ['end', 'end'],
  ],
  bad: [
    ['End', /none of beginning, end/],
    ['', /none of/],
  ],
});

table('path', {
  kind: path,
  good: [
    ['/', '/'],
    ['/var/log/my app.log', '/var/log/my app.log'],
  ],
  bad: [
    ['var/log', /begin with \//],
    ['./a', /begin with \//],
    ['', /begin with \//],
    ['/a\0b', /NUL/],
  ],
});

table('list of globs', {
  kind: list(glob),
  good: [
    ['', []],
    ['/var/log/*.log', ['/var/log/*.log']],
    ['/a.log,/b.log', ['/a.log', '/b.log']],
    [' /a.log , /b.log ,', ['/a.log', '/b.log']],
    ['/a.log\n/b.log\n', ['/a.log', '/b.log']],
    ['/var/{a,b}.log,/c/[,x].log', ['/var/{a,b}.log', '/c/[,x].log']],
    ['/odd{,a\n/b.log', ['/odd{,a', '/b.log']],
  ],
  bad: [
    [',', /names nothing/],
    ['a.log', /^is not an absolute path/],
    ['/a.log,b.log', /^its part 2 is not an absolute path/],
    ['!/a.log', /absolute path|begins with !/],
  ],
});

table('labels', {
  kind: labels(['time', 'host']),
  good: [
    ['', {}],
    ['app=web', { app: 'web' }],
    ['app=web,env=prod', { app: 'web', env: 'prod' }],
    ['app=web\nenv=prod\n', { app: 'web', env: 'prod' }],
    [' app = web ', { app: 'web' }],
    ['query=a=b', { query: 'a=b' }],
    ['empty=,k8s.io-x_1=(open,z=1', { empty: '', 'k8s.io-x_1': '(open', z: '1' }],
    ['__proto__=x', Object.fromEntries([['__proto__', 'x']])],
  ],
  bad: [
    ['app', /NAME=VALUE/],
    ['=web', /NAME=VALUE/],
    ['1app=web', /1app/],
    ['my app=web', /my app/],
    ['host=x', /host, that is taken/],
    ['a=1,a=2', /names a twice/],
  ],
});

table('headers', {
  kind: headers,
  good: [
    ['X-Scope: me', { 'x-scope': 'me' }],
    ['X-Scope: me\r\nX-Other:  a: b \n', { 'x-scope': 'me', 'x-other': 'a: b' }],
    ['X-Empty:', { 'x-empty': '' }],
  ],
  bad: [
    ['X-Scope', /not a header/],
    ['X Scope: me', /not a header/],
    ['X-Scope: m\u0000e', /not a header/],
    ['X-Scope: €', /not a header/],
    ['A: 1\na: 2', /header a twice/],
  ],
});

table('address', {
  kind: address,
  good: [
    ['redis:6379', { type: 'tcp', host: 'redis', port: 6379 }],
    ['127.0.0.1:80', { type: 'tcp', host: '127.0.0.1', port: 80 }],
    ['[::1]:6379', { type: 'tcp', host: '::1', port: 6379 }],
    ['unix:/run/app.sock', { type: 'unix', path: '/run/app.sock' }],
  ],
  bad: [
    [':6379', /names no host/],
    ['redis', /not an address/],
    ['redis:', /not an address/],
    ['::1:6379', /not an address/],
    ['redis:65536', /above 65535/],
    ['unix:app.sock', /absolute/],
    [`unix:/${'x'.repeat(107)}`, /107 bytes/],
    ['off', /not an address/],
  ],
});

table<Listen>('address or off', {
  kind: listen,
  good: [
    ['off', { type: 'off' }],
    [':9801', { type: 'tcp', host: undefined, port: 9801 }],
    ['9801', { type: 'tcp', host: undefined, port: 9801 }],
    ['127.0.0.1:0', { type: 'tcp', host: '127.0.0.1', port: 0 }],
    ['unix:/run/admin.sock', { type: 'unix', path: '/run/admin.sock' }],
  ],
  bad: [
    ['Off', /not an address/],
    ['6380=a:1', /not an address/],
    ['a,b:1', /not an address/],
    ['70000', /above 65535/],
    ['', /not an address/],
  ],
});

table('URL', {
  kind: url('http', 'file'),
  good: [
    ['http://logs.example/in?x=1', new URL('http://logs.example/in?x=1')],
    ['file:///var/out', new URL('file:///var/out')],
  ],
  bad: [
    ['logs.example', /begin with one of http:, file:/],
    ['http://', /not a URL/],
    ['https://logs.example', /unknown scheme; known are http:, file:/],
    ['http://me:pw@logs.example', /user or a password/],
  ],
});

table('size or off', {
  kind: orOff(bytes({ min: 1 })),
  good: [
    ['off', undefined],
    ['1Ki', 1024],
  ],
  bad: [['0', /least/]],
});

test('a secret reads as its inner kind, and is marked', () => {
  const kind = secret(headers);
  assert.deepEqual(kind.parse('A: 1'), { a: '1' });
  assert.equal(kind.secret, true);
  assert.equal(secret(text).name, 'secret');
});

test('an error never repeats the text', () => {
  const kinds: Kind<unknown>[] = [
    duration(),
    bytes(),
    integer(),
    boolean,
    choice('a'),
    path,
    url('http'),
    headers,
    address,
  ] as never[];
  for (const kind of kinds) {
    assert.throws(
      () => kind.parse('hunter2!'),
      (error) => error instanceof Invalid && !error.message.includes('hunter2'),
    );
  }
});
