// Many at the same time, and more than there are descriptors for.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openDescriptors, privateMemory, processorTime } from '#harness/proc.ts';
import { dial } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';
import { Program } from './programs/program.ts';

/** How many descriptors a process of this machine may have. */
const descriptors = Number(/^Max open files +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);

onBothEngines('9,900 connections at once: each is served, and leaves nothing behind', async (t, start) => {
  const count = Math.min(9900, Math.floor((descriptors - 150) / 2));
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

onBothEngines('80 descriptors and 200 clients: no crash, no spin, and all is well when they leave', async (t, start) => {
  const backend = new Program(t, 'echo-server');
  const ambassador = await start({
    to: `127.0.0.1:${await backend.tells('port')}`,
    within: ['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh'],
  });
  const crowd = new Program(t, 'crowd', [200, ambassador.port]);
  // some of them have their place; for the others there is none, however long they wait
  await crowd.tells('served', (served) => served >= 5);
  await until('no more are served', async () => {
    const served = await crowd.tells('served');
    await pause(500);
    return served === (await crowd.tells('served'));
  });
  const begun = processorTime(ambassador.pid);
  await pause(1000);
  const used = processorTime(ambassador.pid) - begun;
  t.diagnostic(`${await crowd.tells('served')} of 200 served, ${used} s of processor time in a second`);
  assert.ok(used < 0.5, `it used ${used} s of processor time in a second of waiting`);
  assert.equal(ambassador.process.child.exitCode, null);
  await crowd.end('SIGKILL');
  await until('a client is served again', async () => {
    const client = await dial(t, ambassador.port);
    client.socket.end('well');
    return (await client.ending) === 'FIN' && client.received.toString() === 'well';
  });
  await ambassador.counts(0, 'clients');
});
