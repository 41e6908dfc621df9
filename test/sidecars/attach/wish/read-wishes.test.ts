import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { environmentOf } from '../../../../sidecars/attach/wish/environment.ts';
import { plainText, settingOf } from '../../../../sidecars/attach/wish/wish.ts';
import { readFile, readLines } from './reading.ts';

/** Lines of a mapping of sidecars, and the environment of each of them that is attached. */
const good: readonly (readonly [
  title: string,
  lines: readonly string[],
  environments: Readonly<Record<string, Record<string, string>>>,
])[] = [
  ['nothing', ['{}'], {}],
  ['a sidecar without options', ['netprobe:'], { netprobe: {} }],
  ['a sidecar with no options', ['netprobe: {}', 'logs: true'], { netprobe: {}, logs: {} }],
  ['a sidecar that is not wanted', ['netprobe: false', 'logs: {}'], { logs: {} }],
  [
    'all four, in the order of the file',
    [
      'netprobe: { checks: [tcp://redis:6379, icmp://gateway], interval: 5s }',
      'logs: { paths: [/var/log/nginx/*.log], to: "loki+http://loki:3100", labels: { app: web } }',
      'backup: { sources: [/var/lib/web], to: "s3://backups/web", schedule: "15 3 * * *", keep: { daily: 7 } }',
      'ambassador: { routes: ["6379=redis-1:6379,redis-2:6379"], defaults: { check: tcp, hold: 10s } }',
    ],
    {
      netprobe: { NETPROBE_CHECKS: 'tcp://redis:6379,icmp://gateway', NETPROBE_INTERVAL: '5s' },
      logs: { LOGS_PATHS: '/var/log/nginx/*.log', LOGS_TO: 'loki+http://loki:3100', LOGS_LABELS: 'app=web' },
      backup: {
        BACKUP_SOURCES: '/var/lib/web',
        BACKUP_TO: 's3://backups/web',
        BACKUP_SCHEDULE: '15 3 * * *',
        BACKUP_KEEP: 'daily=7',
      },
      ambassador: { AMBASSADOR_ROUTES: '6379=redis-1:6379,redis-2:6379', AMBASSADOR_DEFAULTS: 'check=tcp&hold=10s' },
    },
  ],
  [
    'numbers and words as they are written',
    [
      'logs: { max-line: 10k, in-flight: 010, labels: { mode: 0755, date: 2001-02-03, hex: 0x1F, on: yes, real: 1.50 }, watch: False }',
    ],
    {
      logs: {
        LOGS_MAX_LINE: '10k',
        LOGS_IN_FLIGHT: '010',
        LOGS_LABELS: 'mode=0755,date=2001-02-03,hex=0x1F,on=yes,real=1.50',
        LOGS_WATCH: 'False',
      },
    },
  ],
  [
    'texts of several lines',
    ['logs:', '  include: |', '    ^GET', '    ^POST', '  paths: >-', '    /var/log/a.log,', '    /var/log/b.log'],
    { logs: { LOGS_INCLUDE: '^GET\n^POST\n', LOGS_PATHS: '/var/log/a.log, /var/log/b.log' } },
  ],
  [
    'lists whose items hold commas: on lines where a comma would separate',
    ['logs: { include: ["a,b", c], paths: ["/{a,b}.log", /c.log], redact: [email, card] }'],
    { logs: { LOGS_INCLUDE: 'a,b\nc', LOGS_PATHS: '/{a,b}.log,/c.log', LOGS_REDACT: 'email,card' } },
  ],
  [
    'names of the environment, of all sidecars and of others',
    [
      'backup: { to: "s3://backups/c", SIDEKICK_GRACE: 5s, log-level: debug, TZ: Europe/Berlin, PGHOST: db, aws-region: eu-central-1 }',
    ],
    {
      backup: {
        BACKUP_TO: 's3://backups/c',
        SIDEKICK_GRACE: '5s',
        SIDEKICK_LOG_LEVEL: 'debug',
        TZ: 'Europe/Berlin',
        PGHOST: 'db',
        AWS_REGION: 'eu-central-1',
      },
    },
  ],
  [
    'variables, which compose fills in, are not held against the table',
    [`logs: { to: "\${WHERE:-stdout:}", max-line: $SIZE, paths: ["\${DIR}/*.log", /b], token: "\${TOKEN}", user: "a$$b:" }`],
    {
      logs: {
        LOGS_TO: `\${WHERE:-stdout:}`,
        LOGS_MAX_LINE: '$SIZE',
        LOGS_PATHS: `\${DIR}/*.log\n/b`,
        LOGS_TOKEN: `\${TOKEN}`,
        LOGS_USER: 'a$$b:',
      },
    },
  ],
  ['a dollar that is none of a variable', ['logs: { include: "^[$$]{2}$" }'], { logs: { LOGS_INCLUDE: '^[$$]{2}$' } }],
  [
    'paths within the sidecar',
    ['ambassador: { AMBASSADOR_ROUTES_FILE: /routes/web }'],
    { ambassador: { AMBASSADOR_ROUTES_FILE: '/routes/web' } },
  ],
  [
    'items that are right only together',
    [
      'backup: { to: "s3://backups/b", keep: [last=0, daily=7] }',
      'ambassador: { routes: [1=a:1], defaults: [eject-max=1s, eject-time=500ms] }',
    ],
    {
      backup: { BACKUP_TO: 's3://backups/b', BACKUP_KEEP: 'last=0,daily=7' },
      ambassador: { AMBASSADOR_ROUTES: '1=a:1', AMBASSADOR_DEFAULTS: 'eject-max=1s&eject-time=500ms' },
    },
  ],
  [
    'settings may also come by keys of the engine',
    ['backup: { service: { environment: { BACKUP_TO: "s3://backups/b" } } }', 'ambassador: { service: { command: [1=a:1] } }'],
    { backup: {}, ambassador: {} },
  ],
  ['an ambassador with hosts alone', ['ambassador: { hosts: [redis:6379] }'], { ambassador: {} }],
  ['an ambassador with links alone', ['ambassador: { links: true }'], { ambassador: {} }],
];

describe('wishes', () => {
  for (const [title, lines, environments] of good) {
    test(title, () => {
      const { wishes, told } = readLines(lines);
      assert.deepEqual(told, []);
      assert.deepEqual(
        wishes.map((wish) => [wish.sidecar, environmentOf(wish)]),
        Object.entries(environments),
      );
    });
  }

  test('secrets come from files, variables and secrets that are there', () => {
    const { wishes, told } = readLines([
      'logs:',
      '  to: https://logs.example/in',
      '  token: { file: ./token }',
      '  ca: { secret: ca }',
      '  cert: { file: ./cert.pem }',
      `  key: { file: "\${KEYS}/key.pem" }`,
      'backup:',
      '  to: s3://backups/web',
      '  AWS_ACCESS_KEY_ID: { environment: KEY_ID }',
      '  aws-secret-access-key: { environment: KEY }',
    ]);
    assert.deepEqual(told, []);
    const [logs, backup] = wishes;
    assert.ok(logs && backup);
    assert.deepEqual(environmentOf(logs), { LOGS_TO: 'https://logs.example/in' });
    assert.deepEqual(settingOf(logs, 'token'), {
      option: 'token',
      variable: 'LOGS_TOKEN',
      isPath: false,
      given: { from: 'file', path: './token' },
      place: { line: 4, column: 12 },
    });
    assert.deepEqual(settingOf(logs, 'ca')?.given, { from: 'secret', name: 'ca', key: undefined });
    assert.deepEqual(settingOf(logs, 'key')?.given, { from: 'file', path: `\${KEYS}/key.pem` });
    assert.deepEqual(settingOf(backup, 'awsAccessKeyId')?.given, { from: 'environment', variable: 'KEY_ID' });
    assert.equal(plainText(logs, 'to'), 'https://logs.example/in');
    assert.equal(plainText(logs, 'token'), undefined);
  });

  test('a path in place of a value is no plain text', () => {
    const [wish] = readLines(['logs: { LOGS_PATHS_FILE: /etc/paths }']).wishes;
    assert.ok(wish);
    assert.equal(plainText(wish, 'paths'), undefined);
    assert.deepEqual(environmentOf(wish), { LOGS_PATHS_FILE: '/etc/paths' });
  });

  test('aliases and merge keys lead to what is written elsewhere, which is its place', () => {
    const text = [
      'x-common: &common',
      '  max-line: 10k',
      '  to: ftp://nowhere',
      `x-more: &more { paths: [/more], LOGS_HOST: "\${HOST}" }`,
      'x-sidekick:',
      '  logs:',
      '    <<: [*common, *more]',
      '    to: &to "stdout:"',
      '    max-line: 1M',
      '  backup: &backup { to: *to }',
    ].join('\n');
    const { wishes, told } = readFile(text);
    assert.deepEqual(environmentOf(wishes[0] ?? assert.fail()), {
      LOGS_MAX_LINE: '1M',
      LOGS_TO: 'stdout:',
      LOGS_PATHS: '/more',
      LOGS_HOST: `\${HOST}`,
    });
    assert.deepEqual(told, ['8:13: backup.to has an unknown scheme; known are file:, s3:']);
  });

  test('all of them may be an alias', () => {
    const { wishes, told } = readFile('x-common: &all\n  netprobe: { interval: 5s, events: maybe }\nx-sidekick: *all\n');
    assert.equal(wishes.length, 1);
    assert.deepEqual(told, ['2:37: netprobe.events is neither true nor false']);
  });

  test('keys of the engine are plain values', () => {
    const { wishes, told } = readFile(
      [
        'x-limits: &limits { mem_limit: 128m, cpus: 0.5 }',
        'x-sidekick:',
        '  netprobe:',
        '    service:',
        '      <<: *limits',
        '      mem_limit: 256m',
        '      secrets: [{ source: a, mode: 0440 }]',
        '      labels: { version: "1.10", empty: , on: yes, off: true }',
      ].join('\n'),
    );
    assert.deepEqual(told, []);
    assert.deepEqual(wishes[0]?.over, {
      mem_limit: '256m',
      cpus: 0.5,
      secrets: [{ source: 'a', mode: 0o440 }],
      labels: { version: '1.10', empty: null, on: 'yes', off: true },
    });
  });
});
