import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { planFor } from '../../bench/ambassador/plan.ts';
import { medians, report } from '../../bench/ambassador/report.ts';
import { coresOf, coreTime, cpuOfTree, onlyCoreOf, treeOf } from '../../bench/usage.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));

test('a plan has everything but what is left out', () => {
  const whole = planFor([]);
  const part = planFor(['--only=ping,tls', '--peers=nginx', '--rounds=5', '--seconds=.5', '--source=send', '--json']);
  assert.ok(typeof whole === 'object' && typeof part === 'object');
  assert.deepEqual(whole.only, ['bulk', 'ping', 'connects', 'idle', 'mixed', 'tls', 'start']);
  assert.deepEqual(whole.peers, ['splice', 'net', 'haproxy', 'haproxy-splice', 'nginx', 'socat', 'no-proxy']);
  assert.deepEqual(whole.idle, [5000, 9900]);
  assert.deepEqual(part, {
    only: ['ping', 'tls'],
    peers: ['nginx'],
    rounds: 5,
    seconds: 0.5,
    source: 'send',
    json: true,
    idle: [5000, 9900],
  });
});

test('a report has the medians, and their ratios to each reference that was measured', () => {
  const measures = [
    { key: 'bulk', title: 'bulk', digits: 2 },
    { key: 'busy', title: 'busy', digits: 0, aside: true },
    { key: 'tls', title: 'tls', digits: 1 },
  ] as const;
  const found = new Map([
    ['ours', { bulk: [3, 9, 1], busy: [50, 50, 50] }],
    ['theirs', { bulk: [2, 2, 2], busy: [99, 99, 99], tls: [Number.NaN, 4] }],
  ]);
  assert.equal(
    report(measures, found, ['theirs', 'absent']),
    `
      ours  theirs
----  ----  ------
bulk  3.00    2.00
busy    50      99
tls      -     4.0

as multiples of theirs

      ours  theirs
----  ----  ------
bulk  1.50    1.00
tls      -    1.00`.slice(1),
  );
  assert.deepEqual(medians({ known: [3, Number.NaN, 1, 2], unknown: [Number.NaN] }), { known: 2 });
});

test('processors are read from the list of the kernel', () => {
  assert.deepEqual(coresOf('0-2,5,8-9'), [0, 1, 2, 5, 8, 9]);
  assert.deepEqual(coresOf('3'), [3]);
  assert.equal(onlyCoreOf('Threads:\t1\nCpus_allowed_list:\t7\n'), 7);
  assert.equal(onlyCoreOf('Threads:\t1\nCpus_allowed_list:\t0-1\n'), undefined);
});

test('a processor is busy with programs and interrupts, and while the host withholds it', () => {
  const stat = 'cpu  9 9 9 9 9 9 9 9 0 0\ncpu1 100 20 300 5000 7 40 200 5 0 0\ncpu11 9 9 9 9 9 9 9 9 0 0\n';
  assert.equal(coreTime(stat, 1), 6.65);
});

test('a process is counted with those that it started, also after they ended', needs('linux'), async (t) => {
  const burn = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';
  const child = spawn('sh', ['-c', `sh -c '${burn}'; sh -c 'sleep 60; true' & wait`]);
  const { pid = 0 } = child;
  t.after(() => kill(treeOf(pid)));
  // sh, sh, and sleep
  await until('the second one runs', () => treeOf(pid).length === 3);
  assert.equal(treeOf(pid)[0], pid);
  assert.ok(cpuOfTree(pid) >= 0.02, `${cpuOfTree(pid)} s`);
});

describe('npm run bench -- ambassador', () => {
  test('measures what is there, and says what failed', needs('linux'), (t) => {
    const folder = temporaryFolder(t);
    // it answers as haproxy, and ends where it should carry something
    writeFileSync(join(folder, 'haproxy'), '#!/bin/sh\n[ "$1" = -v ] || { echo no such thing >&2; exit 3; }\n');
    chmodSync(join(folder, 'haproxy'), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}`, TMPDIR: folder };
    const words = [script, 'ambassador', '--quick', '--json', '--only=bulk,ping,connects,idle', '--peers=haproxy,no-proxy'];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
    assert.match(stderr, /haproxy failed at ping: it has ended\nno such thing/);
    assert.equal(status, 1);
    const { peers } = JSON.parse(stdout);
    assert.deepEqual(peers.haproxy.medians, {});
    const { bulk1, bulk16, ping1, ping64, ping64p50, ping64p99, connects, connectsFailed, ...others } = peers['no-proxy'].medians;
    for (const value of [bulk1, bulk16, ping1, ping64, ping64p50, connects]) assert.ok(value > 0, `${value}`);
    assert.ok(ping64p99 >= ping64p50);
    assert.equal(connectsFailed, 0);
    assert.ok(!('bulk1Cpu' in others), 'nobody carried it, and so nobody took time for it');
    assert.deepEqual(readdirSync(folder), ['haproxy']);
  });

  test('interrupted, it leaves no process and no file behind', needs('linux'), async (t) => {
    const folder = temporaryFolder(t);
    const words = [script, 'ambassador', '--only=ping', '--peers=no-proxy', '--rounds=1', '--seconds=20'];
    const bench = spawn(process.execPath, words, { env: { ...process.env, TMPDIR: folder }, stdio: 'ignore' });
    const { pid = 0 } = bench;
    t.after(() => kill(treeOf(pid)));
    // itself, the one that measures, and three loads
    await until('it measures', () => bench.exitCode !== null || treeOf(pid).length === 5);
    const started = treeOf(pid);
    assert.equal(started.length, 5, 'it was interrupted in mid-flow');
    bench.kill('SIGTERM');
    const [code] = await once(bench, 'exit');
    assert.equal(code, 143);
    assert.deepEqual(readdirSync(folder), []);
    await until('its processes have ended', () => started.every((one) => !existsSync(`/proc/${one}`)));
  });
});

function kill(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}
