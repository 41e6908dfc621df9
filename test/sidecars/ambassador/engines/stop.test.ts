// SIGTERM: nobody new, and those who are there finish, as far as the grace goes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { tcpSockets } from '#harness/proc.ts';
import type { Ended } from '#harness/process.ts';
import { dial, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import type { Ambassador } from './ambassador.ts';
import { onBothEngines } from './both.ts';

/** How it ended; fails where it does not, after much longer than any grace of these tests. */
async function ends({ process }: Ambassador): Promise<Ended> {
  await until('it ends', () => process.child.exitCode !== null, 20_000);
  return process.ended;
}

onBothEngines('SIGTERM with live streams: the listener closes, the streams finish, exit code 0', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '60s' } });
  const client = await dial(t, ambassador.port);
  await client.send('before');
  const peer = await backend.peer();
  await peer.receives(6);
  ambassador.process.child.kill('SIGTERM');
  await until('nobody listens any more', () => tcpSockets('listen', 'local', ambassador.port) === 0);
  const large = Buffer.alloc(20_000_000, 'after the signal ');
  client.socket.end(large);
  peer.socket.end(large);
  assert.deepEqual([await peer.ending, await client.ending], ['FIN', 'FIN']);
  assert.ok(peer.received.subarray(6).equals(large) && client.received.equals(large));
  assert.equal((await ends(ambassador)).code, 0);
});

onBothEngines('SIGTERM with a stream that never ends: exit code 1 when the grace is over', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '1s' } });
  const client = await dial(t, ambassador.port);
  const peer = await backend.peer();
  const gone = once(ambassador.process.child, 'exit');
  const begun = performance.now();
  ambassador.process.child.kill('SIGTERM');
  const [code] = await gone;
  const elapsed = performance.now() - begun;
  assert.equal(code, 1);
  assert.match((await ends(ambassador)).stdout, /the grace of 1000 ms is over.*SIDEKICK_GRACE/);
  // no measure of speed: what kills it after its own time-out counts on this
  assert.ok(elapsed >= 1000 && elapsed <= 2000, `it ended ${elapsed} ms after the signal`);
  for (const { ending } of [client, peer]) assert.equal(await ending, 'ECONNRESET');
});

onBothEngines('SIGTERM without streams: exit code 0 at once', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '600s' } });
  const client = await dial(t, ambassador.port);
  client.socket.end('served');
  await client.ending;
  ambassador.process.child.kill('SIGTERM');
  assert.equal((await ends(ambassador)).code, 0);
});

onBothEngines('SIGTERM while a client is queued: it gets its place, and is served', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: `${backend.address}?max=1&queue=60s`, env: { SIDEKICK_GRACE: '60s' } });
  const first = await dial(t, ambassador.port);
  const queued = await dial(t, ambassador.port);
  await queued.send('queued');
  await ambassador.counts(1, 'waiting');
  ambassador.process.child.kill('SIGTERM');
  await until('it is not ready', async () => (await ambassador.ask('/readyz')).status === 503);
  first.reset();
  const peer = await backend.peer(1);
  await peer.receives(6);
  peer.socket.end('served');
  queued.end();
  assert.equal(await queued.ending, 'FIN');
  assert.equal(queued.received.toString(), 'served');
  assert.equal((await ends(ambassador)).code, 0);
});

onBothEngines('a second SIGTERM: it leaves now', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '600s' } });
  await dial(t, ambassador.port);
  ambassador.process.child.kill('SIGTERM');
  await until('it stops', async () => (await ambassador.ask('/readyz')).status === 503);
  ambassador.process.child.kill('SIGTERM');
  assert.equal((await ends(ambassador)).code, 143);
});
