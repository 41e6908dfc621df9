// Many at the same time, and more than there are descriptors for.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openDescriptors, privateMemory, processorTime } from '#harness/proc.ts';
import { dial } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import type { Ambassador } from './ambassador.ts';
import { isThorough, onBothEngines } from './both.ts';
import { Program } from './programs/program.ts';

/** How many descriptors a process of this machine may have. */
const descriptors = Number(/^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);

onBothEngines('9,900 connections at once: each is served, and leaves nothing behind', async (t, start) => {
  const count = 9900;
  if (descriptors < 2 * count + 150) {
    const lack = `this machine allows a process ${descriptors} descriptors, and ${2 * count + 150} are needed`;
    if (isThorough) throw new Error(`${lack}; SIDEKICK_TEST_REQUIRE forbids to skip`);
    t.skip(lack);
    return;
  }
  const backend = new Program(t, 'echo-server');
  const ambassador = await start({ to: `127.0.0.1:${await backend.tells('port')}` });
  const first = await dial(t, ambassador.port);
  first.socket.end('so that everything is open that stays open');
  await first.ending;
  await ambassador.counts(0, 'clients');
  const before = { fds: openDescriptors(ambassador.pid), memory: privateMemory(ambassador.pid) };

  const crowd = new Program(t, 'crowd', [count, ambassador.port]);
  await crowd.tells('served', (served) => served === count);
  await ambassador.counts(count, 'active_connections');
  assert.ok(openDescriptors(ambassador.pid) >= 2 * count);
  const each = (privateMemory(ambassador.pid) - before.memory) / count;
  t.diagnostic(`${count} connections, ${Math.round(each)} bytes each`);
  crowd.ask('again');
  await crowd.tells('again', (served) => served === count);
  crowd.ask('leave');
  await ambassador.counts(0, 'clients');
  await until('its descriptors are those from before', () => openDescriptors(ambassador.pid) <= before.fds);
  await ambassador.counts(0, 'ended_total');
});

/** How often threads of a process gave up the processor by themselves (proc(5)). */
function waits(pid: number): number {
  const counts = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Comes with 200 clients for whom there are not descriptors enough; it may neither fall nor spin, and all is well when they leave. */
async function isCrowded(t: TestContext, ambassador: Ambassador, full: () => Promise<void>): Promise<void> {
  const crowd = new Program(t, 'crowd', [200, ambassador.port]);
  // some of them have their place; for the others there is none, however long they wait
  await crowd.tells('served', (served) => served >= 5);
  await until('no more are served', async () => {
    const served = await crowd.tells('served');
    await pause(500);
    return served === (await crowd.tells('served'));
  });
  await full();
  const begun = { used: processorTime(ambassador.pid), waits: waits(ambassador.pid) };
  await pause(2000);
  const used = processorTime(ambassador.pid) - begun.used;
  const waited = waits(ambassador.pid) - begun.waits;
  const told = `${used.toFixed(2)} s of processor time for ${waited} times that it waited`;
  t.diagnostic(`${await crowd.tells('served')} of 200 served, ${told}`);
  // what spins is told by that it never waits, however little a busy machine lets it have
  assert.ok(used < 0.1 + waited * 0.002, told);
  assert.equal(ambassador.process.child.exitCode, null);
  await crowd.end('SIGKILL');
  await until('a client is served again', async () => {
    const client = await dial(t, ambassador.port);
    client.socket.end('well');
    return (await client.ending) === 'FIN' && client.received.toString() === 'well';
  });
  await ambassador.counts(0, 'clients');
}

onBothEngines('80 descriptors and 200 clients: no crash, no spin, and all is well when they leave', async (t, start) => {
  const backend = new Program(t, 'echo-server');
  const ambassador = await start({
    to: `127.0.0.1:${await backend.tells('port')}`,
    within: ['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh'],
  });
  await isCrowded(t, ambassador, async () => {});
});

onBothEngines('80 descriptors, of which it does not know: accept itself fails, and all is as well', async (t, start) => {
  const backend = new Program(t, 'echo-server');
  const ambassador = await start({ to: `127.0.0.1:${await backend.tells('port')}?queue=60s` });
  // it has reckoned with its limit at the start: only the kernel says from now on how many there are
  execFileSync('prlimit', [`--pid=${ambassador.pid}`, '--nofile=80:80']);
  const taken = () => readdirSync(`/proc/${ambassador.pid}/fd`).filter((fd) => Number(fd) < 80).length;
  await isCrowded(t, ambassador, () => until('all are taken', () => taken() === 80));
});
