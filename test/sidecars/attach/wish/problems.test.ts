import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readLines } from './reading.ts';

/** Lines, and everything that is told of them. */
const bad: readonly (readonly [title: string, lines: readonly string[], told: readonly string[], overKey?: 'container'])[] = [
  ['a list of sidecars', ['[logs]'], ['2:3:  is a list; write a mapping of sidecars: logs, backup, ambassador, netprobe']],
  [
    'names of sidecars',
    ['log: {}', 'net-probe: {}', 'proxy: {}', 'constructor: {}', '? [a]', ': {}'],
    [
      '2:3: log is no sidecar; did you mean logs?',
      '3:3: net-probe is no sidecar; did you mean netprobe?',
      '4:3: proxy is no sidecar; there are logs, backup, ambassador, netprobe',
      '5:3: constructor is no sidecar; there are logs, backup, ambassador, netprobe',
      '6:5:  has a key that is no text; write the name of a sidecar',
    ],
  ],
  [
    'what a sidecar is',
    ['logs: yes', 'backup: [a]', 'netprobe: !reset {}'],
    [
      '2:3: logs is a text; write a mapping of its options, {} for none, or false for no logs',
      '3:3: backup is a list; write a mapping of its options, {} for none, or false for no backup',
      '4:3: netprobe has the tag !reset, which means nothing here; leave it out',
    ],
  ],
  [
    'keys',
    [
      'logs: { maxLine: 1k, LOGS_MAXLINE: 1k, constructor: 1, schedule: 1, token-file: /t, container: {}, hosts: [a], ? [a] : 1 }',
      'ambassador: { routs: a, links: true, host: a }',
    ],
    [
      '2:11: logs.maxLine is no option of logs; did you mean max-line?',
      '2:24: logs.LOGS_MAXLINE is no option of logs; did you mean LOGS_MAX_LINE?',
      '2:42: logs.constructor is no option of logs; docker run --rm sidekick/logs --help lists them',
      '2:58: logs.schedule is no option of logs, but of backup; move it there',
      '2:71: logs.token-file is no option of logs; write token: { file: ./token }, or LOGS_TOKEN_FILE for a path within the sidecar',
      '2:87: logs.container is for Kubernetes; write service here',
      '2:102: logs.hosts is no option of logs; did you mean host?',
      '2:116: logs has a key that is no text; write the name of an option',
      '3:17: ambassador.routs is no option of ambassador; did you mean routes?',
      '3:40: ambassador.host is no option of ambassador; did you mean hosts?',
    ],
  ],
  [
    'values that the kinds refuse, all at once, each at its place',
    [
      'logs:',
      '  max-line: 10',
      '  flush: 1y',
      '  paths: [/var/log/*.log, var/log, "!/x"]',
      '  labels: { time: now, app: "a,b", a b: c, "x=y": z }',
      '  include: ["(", ok]',
      '  start: middle',
      'netprobe: { max-peers: 0, checks: "tcp://redis" }',
    ],
    [
      '3:15: logs.max-line needs a unit, such as 512B, 64Ki or 10M',
      '4:12: logs.flush is not a duration, such as 200ms, 3s, 5m or 1h30m',
      '5:29: logs.paths[1] is not an absolute path: it has to begin with /',
      '5:38: logs.paths[2] is not an absolute path: it has to begin with /',
      '6:31: logs.labels.app holds a comma or a line end, which separates one from the next; leave it out',
      '6:46: logs.labels.x=y has a name with = or a comma or a line end in it; leave it out',
      '7:15: logs.include[0] holds what is no regular expression: Invalid regular expression: /(/u: Unterminated group',
      '8:12: logs.start is none of beginning, end',
      '9:26: netprobe.max-peers is too small: the least is 1',
      '9:37: netprobe.checks names no port; write tcp://redis:6379',
    ],
  ],
  [
    'names with values',
    [
      'logs: { labels: { time: now } }',
      'backup: { to: "s3://backups/b", keep: { dayly: 3, last: } }',
      'ambassador: { routes: [1=a:1], defaults: { chek: tcp } }',
      'netprobe: { peers: { cache: [] , db: [[a]] } }',
    ],
    [
      '2:19: logs.labels has a name, time, that is taken; taken are time, message, file, host, stream, partial_message, partial_id, partial_ordinal, partial_last',
      '3:59: backup.keep.last has no value; write one, or leave it out',
      '4:44: ambassador.defaults: chek=tcp: chek is no option of a route; did you mean check?',
      '5:31: netprobe.peers.cache is a list of nothing; name something, or leave it out',
      '5:41: netprobe.peers.db[0] is a list; write a text',
    ],
  ],
  [
    'what values are made of',
    [
      'logs: { to: , host: ~, max-line: !size 1k, user: "", paths: [], exclude: [/a, ~, "b\\nc"], index: [a], tenant: *nobody, labels: {} }',
    ],
    [
      '2:15: logs.to has no value; write one, or leave it out',
      '2:23: logs.host has no value; write one, or leave it out',
      '2:42: logs.max-line has the tag !size, which means nothing here; leave it out',
      '2:52: logs.user is empty; write a value, or leave it out',
      '2:63: logs.paths is a list of nothing; name something, or leave it out',
      '2:81: logs.exclude[1] has no value; write one, or leave it out',
      '2:84: logs.exclude[2] holds a line end, which separates items; write each as an item of its own',
      '2:100: logs.index is a list, and takes one value: text',
      '2:113: logs.tenant is *nobody, which leads nowhere; write a text',
      '2:130: logs.labels is a mapping of nothing; name something, or leave it out',
    ],
  ],
  [
    'settings that are given twice',
    [
      'logs:',
      '  max-line: 1k',
      '  LOGS_MAX_LINE: 2k',
      '  to: https://logs.example/',
      '  token: { file: ./t }',
      '  LOGS_TOKEN_FILE: /t',
    ],
    [
      '4:5: logs.LOGS_MAX_LINE is the same setting as max-line in line 3; keep one of them',
      '7:5: logs.LOGS_TOKEN_FILE is the same setting as token in line 6; keep one of them',
    ],
  ],
  [
    'where secrets come from',
    [
      'logs:',
      '  to: https://logs.example/',
      '  token: hunter2',
      '  password: { fil: ./p }',
      '  headers: { Authorization: Bearer hunter2 }',
      '  ca: { file: ./a, environment: CA }',
      '  cert: { file: , secret: a, key: b }',
      '  key: { environment: $KEY }',
      '  user: {}',
      '  host: { secret: a/b }',
      '  labels: { environment: prod }',
      'backup: { age-identity: [AGE-SECRET-KEY-1] }',
    ],
    [
      '4:12: logs.token is a secret, and this file is no place for it; write token: { file: ./token }, { environment: LOGS_TOKEN } or { secret: NAME }',
      '5:17: logs.password.fil is nothing that a value comes from; did you mean file?',
      '6:14: logs.headers is a secret, and this file is no place for it; write headers: { file: ./headers }, { environment: LOGS_HEADERS } or { secret: NAME }',
      '7:9: logs.ca names file and environment; keep one of them',
      '8:19: logs.cert.file has no value; write one, or leave it out',
      '8:32: logs.cert.key is only for Kubernetes; a secret of compose is one value; write { file: ./FILE }, { environment: NAME } or { secret: NAME }',
      '9:25: logs.key.environment is no name of a variable; write letters, digits and _, without a $',
      '10:11: logs.user does not say where its value comes from; write { file: ./FILE }, { environment: NAME } or { secret: NAME }',
      '11:21: logs.host.secret is no name of a secret; write letters, digits, ., _ and -',
      '12:13: logs.labels may be a label or where labels come from; for a label write ["environment=…"]',
      '13:28: backup.age-identity[0] is no identity, which begins with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1, or has a wrong letter',
    ],
  ],
  [
    'where secrets come from, in Kubernetes',
    [
      'logs: { to: https://logs.example/, token: hunter2, password: { file: ./p }, key: { secret: a, key: b/c }, service: {}, token-file: /t }',
      'ambassador: { links: true }',
    ],
    [
      '2:45: logs.token is a secret, and this file is no place for it; write token: { secret: NAME, key: KEY }',
      '2:66: logs.password.file is nothing that Kubernetes has; write { secret: NAME, key: KEY }',
      '2:102: logs.key.key is no key of a secret; write letters, digits, ., _ and -',
      '2:109: logs.service is for compose; write container here',
      '2:122: logs.token-file is no option of logs; write token: { secret: NAME, key: KEY }, or LOGS_TOKEN_FILE for a path within the sidecar',
      '3:24: ambassador.links is for compose, as Kubernetes has no links; write hosts: ["redis:6379"]',
    ],
    'container',
  ],
  [
    'Kubernetes fills in nothing',
    [`logs: { to: "\${TO}", max-line: $SIZE, token: "\${TOKEN}" }`],
    [
      '2:15: logs.to is not a URL; it has to begin with one of stdout:, http:, https:, file:, loki+http:, loki+https:, elasticsearch+http:, elasticsearch+https:, opensearch+http:, opensearch+https:, syslog+udp:, syslog+tcp:, syslog+tls:, s3:',
      '2:34: logs.max-line is not a size, such as 512B, 64Ki or 10M',
      '2:48: logs.token is a secret, and this file is no place for it; write token: { secret: NAME, key: KEY }',
    ],
    'container',
  ],
  [
    'keys of the engine',
    ['logs: { service: [a] }', 'backup: { to: "s3://backups/b", service: { a: !reset b, c: &c [*c], d: *nobody, ? [a] : b } }'],
    [
      '2:20: logs.service is a list; write a mapping, such as { mem_limit: 128m }',
      '3:56: backup.service.a has the tag !reset, which cannot be carried over; leave it out',
      '3:65: backup.service.c[0] holds itself, through an alias; leave that out',
      '3:74: backup.service.d is *nobody, which leads nowhere; write what it stands for',
      '3:85: backup.service has a key that is no text; leave it out',
    ],
  ],
  [
    'what does not go together',
    [
      `logs: { token: { environment: T }, tenant: "\${X}" }`,
      `backup: { sources: [/state], AWS_ACCESS_KEY_ID: "\${ID}", name: db }`,
      'ambassador: { faults: true, engine: splice }',
    ],
    [
      '3:3: backup: BACKUP_TO is missing: where backups are kept; write file:///folder or s3://bucket/folder',
      '3:22: backup.sources: BACKUP_SOURCES names /state, and /state belongs to the sidecar itself; set BACKUP_STATE, or BACKUP_TO, to another folder',
      '3:51: backup.AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together; set both or neither',
      '4:3: ambassador: AMBASSADOR_ROUTES is not set, and there are no other routes; give some, such as 6379=redis:6379, as words or by it',
      '4:25: ambassador.faults: AMBASSADOR_FAULTS is on, and only the engine net has faults; let AMBASSADOR_ENGINE be auto, or turn faults off',
    ],
  ],
  [
    'secrets that are not known yet still are there',
    [
      'logs: { token: { file: ./t }, ca: { secret: ca } }',
      'backup: { to: "s3://backups/b", BACKUP_PASSPHRASE_FILE: /run/p, age-recipients: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p, s3-customer-key: { secret: k } }',
    ],
    [
      '2:18: logs.token: LOGS_TOKEN is set, and only an http sink reads it; set LOGS_TO, or unset LOGS_TOKEN',
      '2:37: logs.ca: LOGS_CA is set, and no destination of LOGS_TO has certificates; set LOGS_TO, or unset LOGS_CA',
      '3:59: backup.BACKUP_PASSPHRASE_FILE: BACKUP_PASSPHRASE and BACKUP_AGE_RECIPIENTS are both set; keep one of them',
      '3:164: backup.s3-customer-key: BACKUP_S3_CUSTOMER_KEY and BACKUP_S3_ENCRYPTION=customer belong together; set both or neither',
    ],
  ],
];

describe('what is wrong', () => {
  for (const [title, lines, told, overKey] of bad) {
    test(title, () => assert.deepEqual(readLines(lines, overKey).told, told));
  }
});
