// On the way to a backend: those that refuse or say nothing cost a client no more than time, and nobody who leaves is forgotten.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';
import { Load } from './load.ts';
import { FullBacklog } from './programs/full-backlog.ts';
import { Program } from './programs/program.ts';

/** How it ends for a client that sends nothing; the end may come before Node knows that it is connected. */
async function fate(t: TestContext, port: number): Promise<string> {
  return dial(t, port).then(
    ({ ending }) => ending,
    ({ code }) => code,
  );
}

onBothEngines('a backend that refuses: the next one, without a byte lost', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const dead = await freePort();
  const ambassador = await start({ to: `127.0.0.1:${dead},${backend.address}?balance=round-robin&eject=off` });
  const load = new Load(t, ambassador.port, 4);
  await load.more(200);
  await load.stop();
  assert.deepEqual(load.failed, {});
  const metrics = await ambassador.metrics();
  assert.equal(metrics.sum('sidekick_ambassador_connections_total'), load.served);
  const refused = metrics.sum('sidekick_ambassador_connect_failures_total', { reason: 'refused' });
  assert.ok(refused >= load.served / 3, `refused ${refused} times`);
  assert.equal(metrics.sum('sidekick_ambassador_retries_total'), refused);
});

onBothEngines('a backend that does not answer: the next one after the connect time-out', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const blackhole = await FullBacklog.listen(t);
  const ambassador = await start({
    to: `${blackhole.address},${backend.address}?balance=round-robin&connect-timeout=200ms&eject=off`,
  });
  const clients = await Promise.all(Array.from({ length: 10 }, () => dial(t, ambassador.port)));
  for (const client of clients) {
    client.socket.end('sent at once');
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), 'sent at once');
  }
  await ambassador.counts(5, 'connect_failures_total', { reason: 'timed_out' });
});

onBothEngines('no backend at all: the client is reset, and it is counted why', async (t, start) => {
  const ports = [await freePort(), await freePort()];
  const ambassador = await start({ to: ports.map((port) => `127.0.0.1:${port}`).join(), until: 'listening' });
  assert.equal(await fate(t, ambassador.port), 'ECONNRESET');
  await ambassador.counts(1, 'refused_clients_total', { reason: 'no_backend' });
  await ambassador.counts(2, 'connect_failures_total', { reason: 'refused' });
});

onBothEngines('a client that resets during the connect: the connect is given up', async (t, start) => {
  const blackhole = await FullBacklog.listen(t);
  const ambassador = await start({ to: `${blackhole.address}?connect-timeout=600s`, until: 'listening' });
  await until('it looks whether the backend is there', () => blackhole.connecting === 1);
  const client = await dial(t, ambassador.port);
  await client.send('a request');
  await until('it is dialing', () => blackhole.connecting === 2);
  client.reset();
  await until('it dials no more', () => blackhole.connecting === 1);
  await ambassador.counts(1, 'left_total');
  await ambassador.counts(0, 'clients');
});

onBothEngines('a client that ends its stream during the connect has not left: it is served', async (t, start) => {
  const slow = await FullBacklog.listen(t);
  const ambassador = await start({ to: `${slow.address}?connect-timeout=600s`, until: 'listening' });
  await until('it looks whether the backend is there', () => slow.connecting === 1);
  const client = await dial(t, ambassador.port);
  client.socket.end('a request');
  await until('it is dialing', () => slow.connecting === 2);
  slow.accept();
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'a request');
});

onBothEngines('a backend that is down at the start: live, not ready, and ready unaided when it comes', async (t, start) => {
  const backend = await TcpServer.listen(t);
  await backend.close();
  const ambassador = await start({ to: `${backend.address}?check=tcp&check-interval=50ms`, until: 'listening' });
  await until('it is not ready', async () => (await ambassador.ask('/readyz')).status === 503);
  assert.equal((await ambassador.ask('/livez')).status, 200);
  await backend.open();
  await ambassador.ready();
  const client = await dial(t, ambassador.port);
  client.socket.end('a request');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'a request');
});

onBothEngines('hold: clients that came before any backend are served when one appears', async (t, start) => {
  const backend = await TcpServer.listen(t);
  await backend.close();
  const ambassador = await start({ to: `${backend.address}?hold=30s`, until: 'listening' });
  const clients = await Promise.all(Array.from({ length: 20 }, () => dial(t, ambassador.port)));
  for (const client of clients) client.socket.end('early');
  await ambassador.counts(20, 'waiting');
  await backend.open();
  for (const client of clients) {
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), 'early');
  }
  await ambassador.counts(0, 'waiting');
  await ambassador.counts(20, 'waited_total');
});

onBothEngines('hold: it ends, and a client that leaves meanwhile is forgotten', async (t, start) => {
  const ambassador = await start({ to: `127.0.0.1:${await freePort()}?hold=3s`, until: 'listening' });
  const patient = await dial(t, ambassador.port);
  const leaving = await dial(t, ambassador.port);
  await ambassador.counts(2, 'waiting');
  leaving.reset();
  assert.equal(await patient.ending, 'ECONNRESET');
  await ambassador.counts(1, 'left_total');
  await ambassador.counts(1, 'refused_clients_total', { reason: 'no_backend' });
  await ambassador.counts(0, 'clients');
});

onBothEngines('a backend that accepts and never answers: the idle time-out ends it', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?idle=500ms` });
  const client = await dial(t, ambassador.port);
  await client.send('anybody there?');
  const peer = await backend.peer();
  assert.deepEqual([await client.ending, await peer.ending], ['ECONNRESET', 'ECONNRESET']);
  await ambassador.counts(1, 'ended_total', { reason: 'idle' });
  await ambassador.counts(0, 'active_connections');
});

onBothEngines('backends that come and go on the same port: nobody is turned away', async (t, start) => {
  const first = new Program(t, 'echo-server');
  const ports = [await first.tells('port'), await freePort()];
  const running = [first, new Program(t, 'echo-server', [ports[1] as number])];
  await running[1]?.tells('port');
  const ambassador = await start({ to: ports.map((port) => `127.0.0.1:${port}`).join() });
  const load = new Load(t, ambassador.port, 8);
  for (let round = 0; round < 12; round += 1) {
    const one = round % 2;
    await load.more(100);
    await running[one]?.end('SIGKILL');
    await load.more(100);
    running[one] = new Program(t, 'echo-server', [ports[one] as number]);
    await running[one].tells('port');
  }
  await load.stop();
  t.diagnostic(`${load.served} served, ${load.lost} cut off by a backend that was killed`);
  const metrics = await ambassador.metrics();
  assert.equal(metrics.sum('sidekick_ambassador_refused_clients_total'), 0);
  // every client got a backend; to be cut off by one that is killed then is nothing that a proxy could keep from it
  assert.equal(metrics.sum('sidekick_ambassador_connections_total'), load.served + load.lost);
});
