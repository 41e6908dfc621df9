import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seeded } from '#harness/random.ts';
import { type Said, said } from './said.ts';

const names = {
  status: ['status', 'statusCode', 'http.response.status_code', 'code'],
  method: ['method', 'request_method', 'http.request.method', 'Verb'],
  path: ['path', 'uri', 'URL', 'request_uri'],
  size: ['bytes', 'body_bytes_sent', 'size'],
  agent: ['user_agent', 'userAgent', 'http_user_agent'],
  client: ['remote_addr', 'clientIp', 'client.ip'],
} as const;
const words = ['GET', '/a', '/a?b=c', 'x"y', 'a\\b', 'é', '}{', '', 'status', '\u0001', '12', '503'];

/** Members, in their order, that make an object. */
type Members = [name: string, value: unknown][];

function members({ below, pick }: Random, depth: number): Members {
  const all: Members = [];
  for (let count = below(6); count >= 0; count -= 1) {
    const name = pick([...Object.values(names).flat(), 'msg', 'level', 'headers', 'data', 'x"']);
    if (all.some(([known]) => known === name)) continue;
    const value = [
      () => pick(words),
      () => pick([200, 404, 503, 99, 1000, 12, 0, 4096]),
      () => pick([true, null, false]),
      () => [pick(words), { status: 500, path: '/no' }],
      () => (depth > 3 ? {} : members({ below, pick } as Random, depth + 1)),
    ][below(5)]?.();
    all.push([name, value]);
  }
  return all;
}

function isMembers(value: unknown): value is Members {
  return Array.isArray(value) && value.every((one) => Array.isArray(one));
}

/** JSON with blanks where they may be. */
function written(all: Members, blank: () => string): string {
  const text = all.map(([name, value]) => {
    const inner = isMembers(value) && value.length > 0 ? written(value, blank) : JSON.stringify(isMembers(value) ? {} : value);
    return `${blank()}${JSON.stringify(name)}${blank()}:${blank()}${inner}${blank()}`;
  });
  return `{${text.join(',')}${blank()}}`;
}

/** What the members say: of those that tell the same the first counts that can be understood. */
function meant(all: Members): Said | undefined {
  const found: Record<string, string | number> = {};
  const walk = (inner: Members): void => {
    for (const [name, value] of inner) {
      if (isMembers(value)) {
        if (name !== 'headers') walk(value);
        continue;
      }
      const tells = Object.entries(names).find(([, known]) => (known as readonly string[]).includes(name))?.[0];
      if (tells === undefined || typeof value === 'object' || typeof value === 'boolean') continue;
      const isNumber = typeof value === 'number' || /^\d+$/.test(String(value));
      if (tells === 'status') {
        if (isNumber && Number(value) >= 100 && Number(value) < 600) found.status ??= Number(value);
      } else if (tells === 'size') {
        if (isNumber && !found.size) found.size = Number(value);
      } else if (typeof value === 'string' && !found[tells]) found[tells] = value;
    }
  };
  walk(all);
  const text = (key: string) => Buffer.from(String(found[key] ?? '')).toString('latin1');
  const path = text('path').replace(/[?#].*$/s, '');
  if (found.status === undefined || text('method') + path === '') return undefined;
  return {
    status: Number(found.status),
    size: Number(found.size ?? 0),
    seconds: null,
    method: text('method'),
    path,
    client: text('client'),
    agent: text('agent'),
  };
}

test('random objects mean to the scanner what their members say', (t) => {
  const random = seeded(t);
  let requests = 0;
  for (let round = 0; round < 40_000; round += 1) {
    const all = members(random, 0);
    const line = written(all, () => random.pick(['', '', '', ' ', '\t']));
    const expected = meant(all);
    if (expected !== undefined) requests += 1;
    assert.deepEqual(said(line), expected, line);
  }
  assert.ok(requests > 1000, `${requests} were requests`);
});

test('a time has the unit that stands behind it, or that of its name; else its form tells', () => {
  const of = (member: string) => said(`{"status":200,"method":"GET",${member}}`)?.seconds;
  for (const [member, seconds] of [
    ['"duration_ms":12', 0.012],
    ['"durationMs":1.5', 0.0015],
    ['"latency_us":1500', 0.0015],
    ['"elapsed_ns":1500000', 0.0015],
    ['"duration_seconds":2', 2],
    ['"request_time":0.25', 0.25],
    ['"response_time":12', 0.012],
    ['"latency":"1.5ms"', 0.0015],
    ['"latency":"250µs"', 0.00025],
    ['"latency":"2s"', 2],
    ['"duration":1.5e-3', 0.0015],
    ['"took":"12"', 0.012],
    ['"duration":"1m3s"', null],
    ['"duration":null', null],
    ['"duration":-1', null],
    ['"duration":1e999', null],
    ['"duration":"x","latency":7', 0.007],
  ] as const)
    assert.ok(of(member) === seconds || Math.abs((of(member) ?? NaN) - (seconds ?? NaN)) < 1e-12, `${member}: ${of(member)}`);
});

test('whatever bytes come, the scanner ends, and keeps to the line', (t) => {
  const { below, pick } = seeded(t);
  const seeds = [
    '10.0.0.7 - - [t] "GET /a HTTP/1.1" 200 5 "-" "x" 0.5',
    '{"log":"10.0.0.7 - - [t] \\"GET /a HTTP/1.1\\" 200 5\\n","stream":"stdout"}',
    '{"status":200,"method":"GET","path":"/a","headers":{"a":[1,{"b":"c"}]},"duration":"1ms"}',
    '2026-01-02T03:04:05.123456789Z stdout F {"code":200,"uri":"\\u00e9"}',
  ].map((text) => Buffer.from(text));
  for (let round = 0; round < 30_000; round += 1) {
    const bytes = Buffer.from(pick(seeds));
    for (let count = 1 + below(6); count > 0; count -= 1) bytes[below(bytes.length)] = below(256);
    const line = bytes.subarray(below(4), bytes.length - below(4));
    const got = said(line);
    if (got === undefined) continue;
    assert.ok(got.size >= 0 && Number.isFinite(got.size) && (got.seconds === null || got.seconds >= 0));
    for (const text of [got.method, got.path, got.client, got.agent]) assert.ok(text.length <= line.length, text);
  }
});
