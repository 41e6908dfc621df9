import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { saidByText } from './oracle.ts';
import { type Said, said } from './said.ts';

const none: Said = { status: 0, size: 0, seconds: null, method: '', path: '', client: '', agent: '' };
const get: Said = { ...none, status: 200, method: 'GET', path: '/a', client: '10.0.0.7' };
const head = '10.0.0.7 - - [02/Jan/2026:03:04:05 +0000]';

const told: readonly (readonly [what: string, line: string, said: Said])[] = [
  ['common', `${head} "GET /a HTTP/1.1" 200 512`, { ...get, size: 512 }],
  ['common without bytes', `${head} "GET /a HTTP/1.1" 200 -`, get],
  ['combined', `${head} "GET /a?b=/c#d HTTP/1.1" 200 5 "http://x/" "curl/8.8.0"`, { ...get, size: 5, agent: 'curl/8.8.0' }],
  ['nginx main', `${head} "GET /a HTTP/2.0" 200 5 "-" "-" "1.2.3.4, 5.6.7.8"`, { ...get, size: 5 }],
  ['nginx, request time', `${head} "GET /a HTTP/1.1" 200 5 "-" "x" 0.004`, { ...get, size: 5, agent: 'x', seconds: 0.004 }],
  ['nginx, quoted time', `${head} "GET /a HTTP/1.1" 200 5 "-" "x" "1.250"`, { ...get, size: 5, agent: 'x', seconds: 1.25 }],
  ['nginx, both times', `${head} "GET /a HTTP/1.1" 200 5 "-" "x" 0.250 0.125 .`, { ...get, size: 5, agent: 'x', seconds: 0.25 }],
  [
    'nginx, named times',
    `${head} "GET /a HTTP/1.1" 200 5 "-" "x" uct="0.001" rt=0.500 urt="0.4"`,
    { ...get, size: 5, agent: 'x', seconds: 0.5 },
  ],
  [
    'ingress-nginx',
    `${head} "GET /a HTTP/1.1" 200 5 "-" "x" 432 0.012 [default-web-80] [] 10.1.0.4:8080 5 0.011 200 f3a9`,
    { ...get, size: 5, agent: 'x', seconds: 0.012 },
  ],
  ['Apache %D', `${head} "GET /a HTTP/1.1" 200 5 "-" "x" 1500`, { ...get, size: 5, agent: 'x', seconds: 0.0015 }],
  ['common and %D', `${head} "GET /a HTTP/1.1" 200 5 1500`, { ...get, size: 5, seconds: 0.0015 }],
  [
    'Traefik',
    `${head} "GET /a HTTP/1.1" 200 5 "-" "x" 7 "web@file" "http://10.1.0.4:80" 12ms`,
    { ...get, size: 5, agent: 'x', seconds: 0.012 },
  ],
  ['vhost_combined', `web.example:80 ${head} "GET /a HTTP/1.1" 200 5 "-" "x"`, { ...get, size: 5, agent: 'x' }],
  ['a user with a blank', '10.0.0.7 - joe doe [t] "GET /a HTTP/1.1" 200 5', { ...get, size: 5 }],
  ['a client of IPv6', 'fd00::7 - - [t] "GET /a HTTP/1.1" 200 5', { ...get, client: 'fd00::7', size: 5 }],
  [
    'an escaped quote',
    `${head} "GET /\\"b HTTP/1.1" 404 5 "\\"" "a\\"b"`,
    { ...get, status: 404, path: '/\\"b', size: 5, agent: 'a\\"b' },
  ],
  ['the target of a proxy', `${head} "GET http://host:80/a/b?c HTTP/1.1" 502 0`, { ...get, status: 502, path: '/a/b' }],
  ['no HTTP', `${head} "\\x16\\x03\\x01" 400 166 "-" "-"`, { ...get, status: 400, method: '', path: '', size: 166 }],
  ['an empty request', `${head} "-" 408 0`, { ...get, status: 408, method: '', path: '' }],
  [
    'a long agent',
    `${head} "GET /a HTTP/1.1" 200 5 "-" "${'x'.repeat(200)}\\"y" 0.5`,
    { ...get, size: 5, agent: `${'x'.repeat(200)}\\"y`, seconds: 0.5 },
  ],
  ['JSON', '{"status":200,"method":"GET","path":"/a?b","remote_addr":"10.0.0.7","duration_ms":12}', { ...get, seconds: 0.012 }],
  [
    'JSON of nginx, all strings',
    '{"remote_addr": "10.0.0.7", "request": "GET /a?b HTTP/1.1", "status": "200", "body_bytes_sent": "12", "request_time": "0.003", "http_user_agent": "x"}',
    { ...get, size: 12, seconds: 0.003, agent: 'x' },
  ],
  [
    'JSON of Caddy',
    '{"level":"info","request":{"remote_ip":"10.0.0.7","method":"GET","uri":"/a?b","headers":{"Status":["7"],"Size":"9"}},"bytes_read":0,"duration":0.000135,"size":10,"status":200}',
    { ...get, size: 10, seconds: 0.000135 },
  ],
  [
    'JSON of pino-http',
    '{"level":30,"req":{"method":"GET","url":"/a","headers":{"status":1},"remoteAddress":"10.0.0.7"},"res":{"statusCode":200},"responseTime":12,"msg":"done"}',
    { ...get, seconds: 0.012 },
  ],
  ['JSON of ECS', '{"http.request.method":"GET","http.response.status_code":200,"url.path":"/a","client.ip":"10.0.0.7"}', get],
  [
    'JSON of Google',
    '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://h/a","status":200,"responseSize":"7","remoteIp":"10.0.0.7","userAgent":"x","latency":"0.5s"}}',
    { ...get, size: 7, seconds: 0.5, agent: 'x' },
  ],
  [
    'JSON, a Go program',
    '{"code":503,"verb":"GET","uri":"\\/a","client":"10.0.0.7:51234","latency":"1.5ms"}',
    { ...get, status: 503, seconds: 0.0015 },
  ],
  ['JSON, a client of IPv6', '{"code":200,"method":"GET","uri":"/a","client":"[fd00::7]:1"}', { ...get, client: 'fd00::7' }],
  ['JSON, escapes', '{"status":200,"method":"GET","path":"/\\u0061","ip":"10.0.0.7"}', get],
  [
    'Docker',
    `{"log":"${head} \\"GET /a HTTP/1.1\\" 200 5 \\"-\\" \\"\\u0026\\"\\n","stream":"stdout","time":"t"}`,
    { ...get, size: 5, agent: '&' },
  ],
  [
    'Docker, JSON',
    '{"log":"{\\"status\\":200,\\"method\\":\\"GET\\",\\"path\\":\\"/a\\",\\"ip\\":\\"10.0.0.7\\"}\\n","stream":"stderr"}',
    get,
  ],
  ['CRI', `2026-01-02T03:04:05.123456789Z stdout F ${head} "GET /a HTTP/1.1" 200 5`, { ...get, size: 5 }],
  ['CRI, JSON', '2026-01-02T03:04:05.123456789+02:00 stderr F {"status":200,"method":"GET","path":"/a","ip":"10.0.0.7"}', get],
];

for (const [what, line, expected] of told) test(`a request: ${what}`, () => assert.deepEqual(said(line), expected));

const silent = [
  '',
  '-',
  '{',
  '{}',
  '{}}',
  '[]',
  '{"status":200}',
  '{"status":"ok","method":"GET","path":"/a"}',
  '{"status":42,"method":"GET"}',
  '{"status":2000,"method":"GET"}',
  '{"status":200,"method":"GET"',
  '{"status":200,"method":"GET"} x',
  '{"headers":{"status":200,"method":"GET"}}',
  '{"log":"","stream":"stdout"}',
  '{"log":"\\',
  `{"a":${'['.repeat(50_000)}`,
  '{"a":'.repeat(10_000),
  '2026-01-02 03:04:05 ERROR [main] GET /a 200',
  '\tat com.example.App.call(App.java:7)',
  `${head} "GET /a HTTP/1.1`,
  `${head} "GET /a HTTP/1.1" 20`,
  `${head} "GET /a HTTP/1.1" 2000 5`,
  `${head} "GET /a HTTP/1.1" 200 x`,
  `${head} "GET /a HTTP/1.1\\" 200 5`,
  `${head}`,
  `2026-01-02T03:04:05Z stdout ${head}`,
  `${head} "GET /${'a'.repeat(70_000)} HTTP/1.1" 200 5`,
];

test('what is no request is told apart', () => {
  for (const line of silent) assert.equal(said(line), undefined, line.slice(0, 100));
});

const pieces = [
  ['10.0.0.7', 'fd00::7', '-', '', 'web:80 10.0.0.7', '[', 'a b'],
  [' '],
  ['-', 'x', '', '[', '- -'],
  [' ', '  ', ''],
  ['-', 'joe', 'joe doe', '['],
  [' [', '[', ' [['],
  ['02/Jan/2026:03:04:05 +0000', '', 'x', '[', ']'],
  ['] "', ']"', '] '],
  ['GET', 'POST', 'M-SEARCH', '-', '', 'get', '\\x16', 'G"T'],
  [' ', '', '  '],
  ['/', '/a?b', '/a/b#c', 'http://h/p?q', 'h:443', '*', '\\"', '/\\', 'ftp:/x/y/z', '//', '?', '/"'],
  [' HTTP/1.1', '', ' a b', '\\"', '\\\\'],
  ['" ', '"', ' '],
  ['200', '404', '000', '99', '1000', '-', '2x0'],
  [' ', '', '  '],
  ['512', '-', '0', '1.5', '99999999999999999999', '5e3', 'x', ''],
  ['', ' "-"', ' "http://x/?\\"y"', ' "', ' "a', ' x'],
  [
    '',
    ' "curl/8.8.0"',
    ' "-"',
    ' "a\\"',
    ` "${'x'.repeat(40)}"`,
    ` "${'x'.repeat(40)}\\"\\\\"`,
    ` "${'x'.repeat(22)}\\"y"`,
    ' "x"y',
  ],
  ['', ' 0.004', ' 1500', ' 12ms', ' 1.5Âµs', ' rt=0.25', ' urt="0.1"', ' "-"', ' 1.2.3.4', ' request_time=x', ' 7h', ' 5 '],
  ['', ' 0.125', ' 200', ' "1.5"', ' request_time=7', ' .', ' 9ns', ' a=b', ' 1e3', ' 5.'],
] as const;

test('random lines mean to the scanner what they mean to a regular expression', (t) => {
  const { below, pick } = seeded(t);
  let requests = 0;
  for (let round = 0; round < 150_000; round += 1) {
    // the first of each list is what is usual; mostly that, so that most of the line is passed through
    const strange = below(4);
    let text = pieces
      .map((list) =>
        below(12) < strange ? pick<string>(list) : below(3) === 0 ? (list[below(Math.min(2, list.length))] ?? '') : list[0],
      )
      .join('');
    if (below(3) === 0) {
      const at = below(text.length + 1);
      text = text.slice(0, at) + pick(['"', '\\', ' ', '[', ']', '\0', 'ÿ', '7', '']) + text.slice(at + below(2));
    }
    const expected = saidByText(text);
    const got = said(Buffer.from(text, 'latin1'));
    if (expected !== undefined) requests += 1;
    const close = (a: number | null, b: number | null) =>
      a === b || (a !== null && b !== null && Math.abs(a - b) <= 1e-9 * Math.abs(b));
    if (got !== undefined && expected !== undefined && close(got.seconds, expected.seconds) && close(got.size, expected.size))
      assert.deepEqual({ ...got, seconds: 0, size: 0 }, { ...expected, seconds: 0, size: 0 }, JSON.stringify(text));
    else assert.deepEqual(got, expected, JSON.stringify(text));
  }
  assert.ok(requests > 30_000, `${requests} were requests`);
});
