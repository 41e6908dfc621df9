import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Exposition } from '#harness/exposition.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { until } from '#harness/until.ts';
import { writeCorpus } from '../../../bench/logs/corpus.ts';
import type { Top } from '../../../sidecars/logs/analysis/top.ts';
import { scene } from './scene.ts';
import { inTerminal } from './terminal.ts';

const access = (path: string, status = 200, seconds = '0.100') =>
  `10.0.0.7 - - [02/Jan/2026:03:04:05 +0000] "GET ${path}?q HTTP/1.1" ${status} 10 "-" "curl/8.8.0" ${seconds}\n`;

test('top --once counts each request of a corpus once', async (t) => {
  const folder = temporaryFolder(t);
  const { path, lines } = writeCorpus(join(folder, 'corpus.log'), 3_000_000, 11);
  const counts = { requests: 0, bytes: 0, other: 0 };
  const [byStatus, byPath, byMethod] = [new Map<number, number>(), new Map<string, number>(), new Map<string, number>()];
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [, method = '', target = '', status, bytes] =
      /^\d\S+ - - \[[^\]]+\] "(\S+) ([^ ?]+)[^"]*" (\d{3}) (\d+) "-" "/.exec(line) ?? [];
    if (status === undefined) {
      counts.other += 1;
      continue;
    }
    counts.requests += 1;
    counts.bytes += Number(bytes);
    byStatus.set(Number(status), (byStatus.get(Number(status)) ?? 0) + 1);
    byPath.set(target, (byPath.get(target) ?? 0) + 1);
    byMethod.set(method, (byMethod.get(method) ?? 0) + 1);
  }
  assert.ok(counts.requests > 5000 && counts.other > 1000 && counts.requests + counts.other === lines);
  const { code, stdout, stderr } = await runSidecar(t, 'logs', {}, ['top', '--once', '--json', path]);
  assert.equal(code, 0, stderr);
  const { all } = (JSON.parse(stdout) as Top).windows;
  assert.ok(all);
  assert.deepEqual({ requests: all.requests, bytes: all.bytes, other: all.otherLines }, counts);
  assert.deepEqual(new Map(all.statuses.map(({ status, requests }) => [status, requests])), byStatus);
  assert.deepEqual(new Map(all.paths.map(({ name, requests }) => [name, requests])), byPath);
  assert.deepEqual(new Map(Object.entries(all.methods)), byMethod);
  assert.equal(all.times, null);

  const table = await runSidecar(t, 'logs', {}, ['top', '--once', path]);
  assert.ok(table.stdout.startsWith(`all:  ${counts.requests} requests  `), table.stdout);
  const [busiest] = all.paths;
  assert.match(
    table.stdout,
    new RegExp(`^requests\\* +share +bytes +5xx +mean ms +path\\n +${busiest?.requests} .* ${busiest?.name}$`, 'm'),
  );
  assert.ok(!table.stdout.includes('\u001b'), 'nothing for a terminal');
});

test('where no file matches, it says so', async (t) => {
  const { code, stderr } = await runSidecar(t, 'logs', {}, ['top', '--once', join(temporaryFolder(t), '*.log')]);
  assert.equal(code, 1);
  assert.match(stderr, /no file matches \//);
});

test('top follows what comes, through rotations, and does not count what was there', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'access.log');
  writeFileSync(path, access('/old').repeat(100));
  const top = startSidecar(t, 'logs', { LOGS_RESCAN: '50ms', LOGS_STATE: '/nowhere' }, [
    'top',
    '--json',
    '--every',
    '200ms',
    join(folder, '*.log'),
  ]);
  const last = () => JSON.parse(top.stdout.trim().split('\n').at(-1) ?? '') as Top;
  await until('it looks', () => top.stdout.includes('\n'));
  for (let generation = 1; generation <= 3; generation += 1) {
    appendFileSync(path, access(`/new/${generation}`, 503).repeat(7));
    renameSync(path, `${path}.${generation}`);
    writeFileSync(path, access('/begin', 204, '0.2'));
    await until('it has counted them', () => last().windows.all?.requests === generation * 8);
  }
  await until('the last ten seconds are told', () => last().windows['10s']?.requests === 24);
  const { paths, classes } = last().windows.all ?? {};
  assert.deepEqual(
    paths?.map(({ name, requests }) => [name, requests]),
    [
      ['/new/1', 7],
      ['/new/2', 7],
      ['/new/3', 7],
      ['/begin', 3],
    ],
  );
  assert.deepEqual(classes, { '2xx': 3, '5xx': 21 });
  const { code } = await top.stop();
  assert.equal(code, 0);
});

test(
  'in a terminal it draws, sorts by what is pressed, shows another window, and q gives the screen back',
  needs('linux'),
  async (t) => {
    const path = join(temporaryFolder(t), 'access.log');
    writeFileSync(path, access('/often').repeat(3) + access('/rarely\\x1b[2J', 500, '2.5'));
    const top = inTerminal(t, `top --all --every 200ms ${path}`);
    await until('it draws', () => top.stdout.includes('\u001b[?1049h') && /requests\* .*path/.test(top.stdout));
    await until('it has read', () => /all: {2}4 requests/.test(top.stdout));
    top.child.stdin?.write('t');
    await until('it is sorted anew', () => /mean ms\* +path\S*\s+1 .*rarely/.test(top.stdout));
    top.child.stdin?.write('w');
    await until('another window is shown', () => /last second: {2}/.test(top.stdout));
    top.child.stdin?.write('q');
    const { code, stdout } = await top.ended;
    assert.equal(code, 0);
    assert.ok(stdout.includes('\u001b[?25h\u001b[?1049l'));
    const frames = stdout.split('\u001b[H');
    for (const frame of frames) assert.ok(frame.split('\r\n').length <= 30, 'it fits the screen');
  },
);

test('/top, /top.json and metrics tell what passes, each line once, however many destinations there are', async (t) => {
  const { folder, path, receiver, start } = await scene(t, '*.log');
  const sidecar = start({
    LOGS_ANALYSE: 'true',
    LOGS_ADMIN: '127.0.0.1:0',
    LOGS_TO: `${receiver.url},file://${join(folder, 'out')}`,
  });
  const admin = await sidecar.admin();
  const get = async (place: string, headers = {}) => fetch(`${admin}${place}`, { headers });
  const metrics = async () => new Exposition(await (await get('/metrics')).text());
  writeFileSync(path('a.log'), access('/a', 200, '0.040').repeat(20) + access('/b', 404, '3.000').repeat(2));
  writeFileSync(path('b.log'), `{"status":500,"method":"BREW","path":"/c","duration_ms":1}\nno request\n`);
  await until('all are counted', async () => {
    const told = await metrics();
    return told.has('sidekick_logs_requests_total') && told.sum('sidekick_logs_requests_total') === 23;
  });
  const told = await metrics();
  assert.equal(told.sum('sidekick_logs_requests_total', { method: 'GET', status_class: '2xx' }), 20);
  assert.equal(told.sum('sidekick_logs_requests_total', { method: 'other', status_class: '5xx' }), 1);
  assert.equal(told.sum('sidekick_logs_response_bytes_total'), 220);
  assert.equal(told.sum('sidekick_logs_other_lines_total'), 1);
  assert.deepEqual(
    ['0.005', '0.025', '0.05', '2.5', '5', '+Inf'].map((le) => told.sum('sidekick_logs_request_seconds_bucket', { le })),
    [1, 1, 21, 21, 23, 23],
  );
  const top = (await (await get('/top.json')).json()) as Top & { health: { ready: boolean } };
  assert.equal(top.windows.all?.requests, 23);
  assert.equal(top.health.ready, true);
  const asked = await get('/top', { accept: 'application/json' });
  assert.equal(((await asked.json()) as Top).windows.all?.requests, 23);
  const page = await get('/top', { accept: 'text/html' });
  assert.match(String(page.headers.get('content-type')), /^text\/html/);
  assert.match(await page.text(), /<select id="window">/);
  assert.equal((await get('/top/x')).status, 404);
  assert.equal((await fetch(`${admin}/top.json`, { method: 'DELETE' })).status, 405);
  const { code } = await sidecar.stop();
  assert.equal(code, 0);
});

test('promtool accepts the metrics of access logs', needs('promtool'), async (t) => {
  const { path, start } = await scene(t);
  writeFileSync(path('a.log'), access('/a'));
  const sidecar = start({ LOGS_ANALYSE: 'true', LOGS_ADMIN: '127.0.0.1:0' });
  const admin = await sidecar.admin();
  let text = '';
  await until('it is counted', async () => {
    text = await (await fetch(`${admin}/metrics`)).text();
    return text.includes('sidekick_logs_requests_total{');
  });
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
});

test('what is not asked for is not there', async (t) => {
  const { start } = await scene(t);
  const sidecar = start({ LOGS_ADMIN: '127.0.0.1:0' });
  const admin = await sidecar.admin();
  assert.equal((await fetch(`${admin}/top`)).status, 404);
  const metrics = new Exposition(await (await fetch(`${admin}/metrics`)).text());
  for (const name of ['requests_total', 'response_bytes_total', 'other_lines_total', 'request_seconds_count'])
    assert.equal(metrics.has(`sidekick_logs_${name}`), false, name);
});
