// What the splice engine alone can run into.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { dial, Peer, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { openLibc } from '#shared/linux/libc.ts';
import { Ledger } from '../../../../sidecars/ambassador/dispatch/ledger.ts';
import { SpliceEngine } from '../../../../sidecars/ambassador/engines/splice/engine.ts';
import { Ambassador } from './ambassador.ts';

const options = { ...needs('linux'), timeout: 90_000 };
const program = (name: string) => new URL(`./programs/${name}.ts`, import.meta.url);

test('its thread has ended: that is told, and nobody waits for an answer of it', options, async () => {
  const { promise: death, resolve } = Promise.withResolvers<Error>();
  const events = { failed: () => {}, starved: () => {}, died: resolve };
  const engine = new SpliceEngine(openLibc(), new Ledger(), events, fileURLToPath(program('ends-at-once')));
  assert.match((await death).message, /thread/);
  await engine.unlisten('127.0.0.1:1');
  await engine.drain();
  await engine.destroy();
});

// a client and its backend take two: so each of them is once the first that cannot be watched
for (const first of [80, 81])
  test(`descriptors from ${first} on cannot be watched: those clients are turned away, and no other`, options, async (t) => {
    const backend = await TcpServer.listen(t);
    const ambassador = await Ambassador.start(t, 'splice', {
      to: `${backend.address}?queue=200ms`,
      node: ['--no-warnings', '--import', program('no-watch').href],
      env: { UNWATCHED: String(first) },
    });
    const count = 40;
    const clients: Peer[] = [];
    let reset = 0;
    const come = async () => {
      // the end may come before Node knows that it is connected
      const client = await dial(t, ambassador.port).catch(({ code }) => code);
      if (client instanceof Peer) {
        clients.push(client);
        client.socket.write('hello');
      }
      if ((client instanceof Peer ? await client.ending : client) === 'ECONNRESET') reset += 1;
    };
    for (let one = 0; one < count; one += 1) void come();
    const served = () => clients.filter(({ bytes }) => bytes === 5);
    await until('each has its answer', () => served().length + reset === count);
    t.diagnostic(`${served().length} of ${count} served`);
    assert.ok(served().length >= 5 && reset >= 5);
    await ambassador.counts(reset, 'refused_clients_total', { reason: 'no_descriptor' });
    await ambassador.counts(count, 'accepted_total');
    await ambassador.counts(served().length, 'clients');
    for (const { socket } of served()) socket.end();
    await ambassador.counts(0, 'clients');
    const next = await dial(t, ambassador.port);
    next.socket.end('well');
    assert.equal(await next.ending, 'FIN');
    assert.equal(next.received.toString(), 'well');
  });

test('listeners that cannot be watched: it says which, and ends', options, async (t) => {
  const backend = await TcpServer.listen(t);
  const ports = await Promise.all(Array.from({ length: 60 }, () => freePort()));
  const failing = Ambassador.start(t, 'splice', {
    routes: ports.map((port) => `127.0.0.1:${port}=${backend.address}`),
    node: ['--no-warnings', '--import', program('no-watch').href],
    env: { UNWATCHED: '80' },
  });
  await assert.rejects(failing, /127\.0\.0\.1:\d+ cannot be listened on \(epoll takes no more/);
});
