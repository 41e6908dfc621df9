// What the splice engine alone can run into.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { needs } from '#harness/needs.ts';
import { dial, TcpServer } from '#harness/tcp.ts';
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
    const clients = await Promise.all(Array.from({ length: count }, () => dial(t, ambassador.port)));
    for (const client of clients) client.socket.write('hello');
    const served = () => clients.filter(({ bytes }) => bytes === 5);
    const reset = () => clients.filter(({ ended }) => ended === 'ECONNRESET');
    await until('each has its answer', () => served().length + reset().length === count);
    t.diagnostic(`${served().length} of ${count} served`);
    assert.ok(served().length >= 5 && reset().length >= 5);
    await ambassador.counts(reset().length, 'refused_clients_total', { reason: 'no_descriptor' });
    await ambassador.counts(count, 'accepted_total');
    await ambassador.counts(served().length, 'clients');
    for (const { socket } of served()) socket.end();
    await ambassador.counts(0, 'clients');
    const next = await dial(t, ambassador.port);
    next.socket.end('well');
    assert.equal(await next.ending, 'FIN');
    assert.equal(next.received.toString(), 'well');
  });
