// What the admin server does under scrapers of all kinds, and where it cannot be.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { Probed } from './probed.ts';

const here = needs('linux', 'root');

test('the port is taken in the shared namespace', here, async (t) => {
  const namespace = new Probed(t);
  await namespace.serve('0.0.0.0', 'client', 9804);
  const { code, stdout } = await namespace.sidecar('netprobe').ended;
  assert.equal(code, 64);
  assert.match(stdout, /NETPROBE_ADMIN=:9804 is taken by another program; give another address by NETPROBE_ADMIN or --admin/);
});

test('fifty scrapes at once start no reading', here, async (t) => {
  const namespace = new Probed(t);
  // the first reading is the only one of this test
  await namespace.begin({ NETPROBE_INTERVAL: '1h' });
  const { read } = (await namespace.status()).sockets;
  const { stdout } = await namespace.program(
    new URL('./programs/scrape.ts', import.meta.url),
    '50',
    'http://127.0.0.1:9804/metrics',
  ).ended;
  const { ok, sizes } = JSON.parse(stdout);
  assert.equal(ok, 50);
  assert.ok(Math.min(...sizes) > 10_000);
  assert.equal((await namespace.status()).sockets.read, read);
});

test('scrapers that read nothing, or go away, cost no memory that stays', here, async (t) => {
  const namespace = new Probed(t);
  // V8 lets garbage lie as long as there is room: there is little
  const probe = await namespace.begin({ NODE_OPTIONS: '--max-old-space-size=24 --max-semi-space-size=1' });
  const program = new URL('./programs/stall.ts', import.meta.url);
  const resident = () =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${probePid(probe.child.pid)}/status`, 'utf8'))?.[1]) / 1024;
  await namespace.program(program, '60', '5').ended;
  const before = resident();
  for (let round = 0; round < 3; round += 1) await namespace.program(program, '60', '5').ended;
  await until('it answers', () => namespace.ready());
  // what stays is what no later collection takes back: scrapes that are read give it an occasion
  await until(`${before} MiB do not become 25 more`, async () => {
    await namespace.metrics();
    return resident() < before + 25;
  });
});

/** `ip netns exec` becomes the command that it runs: the process is the same. */
function probePid(pid: number | undefined): number {
  assert.ok(pid !== undefined);
  return pid;
}

test('an unknown setting, and a check that is none', here, async (t) => {
  const namespace = new Probed(t);
  const { code, stderr } = await namespace.sidecar('netprobe', { NETPROBE_INTERVALL: '5s', NETPROBE_CHECKS: 'ftp://x' }).ended;
  assert.equal(code, 64);
  assert.match(stderr, /NETPROBE_INTERVALL .*NETPROBE_INTERVAL\?/);
  assert.match(stderr, /NETPROBE_CHECKS/);
});
