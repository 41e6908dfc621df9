import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { createLog } from '#shared/log.ts';
import { Metrics } from '#shared/metrics.ts';
import { Checks, nextDue } from '../../../../sidecars/netprobe/checks/runner.ts';
import { checkTarget } from '../../../../sidecars/netprobe/checks/target.ts';
import { observeChecks } from '../../../../sidecars/netprobe/metrics/checks.ts';
import { nameServer } from './name-server.ts';

/** Checks that run until the test ends, and their metrics. */
function begin(t: TestContext, urls: readonly string[], checkInterval: number, checkTimeout = 5000) {
  const checks = new Checks({
    checks: urls.map(checkTarget.parse),
    checkInterval,
    checkTimeout,
    gateway: () => undefined,
    log: createLog({ name: 'test', level: 'fatal', fd: 2 }),
  });
  const metrics = new Metrics('sidekick_netprobe');
  observeChecks(metrics, checks);
  const stop = new AbortController();
  atEnd(t, () => stop.abort());
  checks.start(stop.signal);
  return { checks, metrics, stop };
}

/** Answers with a status that the test changes. */
async function web(t: TestContext): Promise<{ url: string; answer: { status: number }; server: Server }> {
  const answer = { status: 200 };
  const server = createServer((_, response) => response.writeHead(answer.status).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/health`, answer, server };
}

describe('checks that are made again and again', () => {
  test('tell how it is now, and before that that nothing is known', async (t) => {
    const { url, answer } = await web(t);
    const other = `tcp://127.0.0.1:${await freePort()}`;
    const { checks } = begin(t, [url, other, url], 30);
    assert.deepEqual(checks.status(), [
      { check: url, ok: null, seconds: null, detail: 'not checked yet' },
      { check: other, ok: null, seconds: null, detail: 'not checked yet' },
    ]);
    await until('both are known', () => checks.status().every(({ ok }) => ok !== null));
    const [good, bad] = checks.status();
    assert.deepEqual([good?.ok, good?.detail], [true, 'HTTP 200 OK']);
    assert.deepEqual([bad?.ok, bad?.detail], [false, 'connection refused (ECONNREFUSED): 127.0.0.1']);
    assert.ok((good?.seconds ?? 0) > 0);
    answer.status = 503;
    await until('it fails', () => checks.status()[0]?.ok === false);
    assert.equal(checks.status()[0]?.detail, 'HTTP 503 Service Unavailable');
    answer.status = 200;
    await until('it is well again', () => checks.status()[0]?.ok === true);
  });

  test('never have two of one target at once', async (t) => {
    const server = await TcpServer.listen(t, silent);
    let most = 0;
    const { checks } = begin(t, [`http://127.0.0.1:${server.port}/`], 20, 150);
    let ended = 0;
    checks.onOutcome(() => {
      ended += 1;
    });
    await until('four timed out', () => {
      most = Math.max(most, server.peers.filter(({ ended }) => ended === undefined).length);
      return ended >= 4;
    });
    assert.ok(most <= 1, `${most} at once`);
  });

  test('end with the signal: what runs is broken off, and nothing is asked any more', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const { checks, stop } = begin(t, [`tls://127.0.0.1:${server.port}`], 20, 60_000);
    const peer = await server.peer();
    stop.abort();
    await peer.ending;
    await pause(100);
    assert.equal(server.peers.length, 1);
    assert.equal(checks.status()[0]?.ok, null);
  });

  test('do not keep the process once they are told to end', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const program = fileURLToPath(new URL('./programs/run-checks.ts', import.meta.url));
    const names = await nameServer(t, { quiet: 'silence' });
    const urls = [
      `http://127.0.0.1:${server.port}/`,
      `dns://quiet@${names.at}`,
      `tls://127.0.0.1:${server.port}`,
      'tcp://192.0.2.1:9',
    ];
    const child = spawn(process.execPath, [program, ...urls], { stdio: ['pipe', 'inherit', 'inherit'] });
    atEnd(t, () => child.kill('SIGKILL'));
    const closed = once(child, 'close');
    await until('it asks', () => server.peers.length >= 2 && names.asked.length >= 1);
    // it has to end by itself
    child.stdin.end();
    assert.deepEqual(await closed, [0, null]);
  });

  test('are sixty at once, of each kind that nobody answers, each in its time', async (t) => {
    const { port } = await TcpServer.listen(t, silent, { host: '0.0.0.0' });
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    const names = await nameServer(t, Object.fromEntries(numbers.map((number) => [`quiet${number}`, 'silence' as const])));
    const urls = numbers.map((number) => {
      const kinds = [`http://127.0.0.1:${port}/${number}`, `tls://127.0.0.${number}:${port}`, `dns://quiet${number}@${names.at}`];
      return kinds[number % 3] ?? '';
    });
    const { checks } = begin(t, urls, 1000, 500);
    assert.equal(checks.status().length, 60);
    await until('all are known', () => checks.status().every(({ ok }) => ok !== null));
    for (const { check, seconds, detail } of checks.status()) {
      assert.match(detail, /^timeout: /, check);
      assert.ok((seconds ?? 99) < 10, `${check} took ${seconds} s`);
    }
  });

  test('keep the beat', () => {
    assert.equal(nextDue(1500, 1000, 1200), 1500);
    assert.equal(nextDue(1500, 1000, 1500), 1500);
    assert.equal(nextDue(1500, 1000, 1501), 2500);
    assert.equal(nextDue(1500, 1000, 4700), 5500);
  });
});

describe('the metrics of checks', () => {
  test('are those of the last one, and histograms of all', async (t) => {
    const { url, answer } = await web(t);
    const names = await nameServer(t, { redis: ['10.0.0.7'], none: 'NXDOMAIN' });
    const [known, unknown] = [`dns://redis@${names.at}`, `dns://none@${names.at}`];
    const { checks, metrics } = begin(t, [url, known, unknown], 100);
    assert.equal(metrics.text(), '');
    await until('all are known', () => checks.outcomes.length === 3);
    const text = metrics.text();
    const value = (series: string, from = text) =>
      Number(
        from
          .split('\n')
          .find((line) => line.startsWith(`sidekick_netprobe_${series} `))
          ?.split(' ')
          .at(-1),
      );
    assert.equal(value(`check_success{check="${url}"}`), 1);
    assert.equal(value(`check_success{check="${known}"}`), 1);
    assert.equal(value(`check_success{check="${unknown}"}`), 0);
    for (const phase of ['resolve', 'connect', 'process'])
      assert.ok(value(`check_phase_seconds{check="${url}",phase="${phase}"}`) >= 0, phase);
    assert.ok(!text.includes('phase="tls"') && !text.includes('not_after'));
    for (const check of [url, known, unknown]) {
      const count = value(`check_duration_seconds_count{check="${check}"}`);
      assert.ok(count >= 1);
      assert.equal(value(`check_duration_seconds_bucket{check="${check}",le="10"}`), count);
    }
    // that there is no such name is an answer, too
    for (const check of [known, unknown])
      assert.ok(value(`dns_duration_seconds_count{check="${check}",server="${names.at}"}`) >= 1);
    answer.status = 500;
    await until('it fails', () => value(`check_success{check="${url}"}`, metrics.text()) === 0);
  });

  test('are accepted by promtool', needs('promtool'), async (t) => {
    const { url } = await web(t);
    const names = await nameServer(t, { redis: ['10.0.0.7'] });
    const { checks, metrics } = begin(t, [url, `dns://redis@${names.at}`, 'http://127.0.0.1:1/a"b\\c'], 100);
    await until('all are known', () => checks.outcomes.length === 3);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: metrics.text(), encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout + stderr, '');
  });
});
