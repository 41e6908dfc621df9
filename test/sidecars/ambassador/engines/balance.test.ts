// Which backend gets whom.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { dial, echo, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';

/** Three backends, as a route names them. */
async function three(t: TestContext, behave = echo): Promise<{ servers: TcpServer[]; to: string; counts: () => number[] }> {
  const servers = await Promise.all(Array.from({ length: 3 }, () => TcpServer.listen(t, behave)));
  const to = servers.map(({ address }) => address).join();
  return { servers, to, counts: () => servers.map(({ peers }) => peers.length) };
}

/** One client after the other; each is served to its end. */
async function serve(t: TestContext, port: number, count: number, localAddress = '127.0.0.1'): Promise<void> {
  for (let one = 0; one < count; one += 1) {
    const client = await dial(t, { host: '127.0.0.1', port, localAddress });
    client.socket.end('hello');
    assert.equal(await client.ending, 'FIN');
  }
}

onBothEngines('round-robin: each in turn', async (t, start) => {
  const { to, counts } = await three(t);
  const { port } = await start({ to: `${to}?balance=round-robin` });
  await serve(t, port, 30);
  assert.deepEqual(counts(), [10, 10, 10]);
});

onBothEngines('least: whoever has the fewest connections', async (t, start) => {
  const { servers, to, counts } = await three(t, silent);
  const ambassador = await start({ to: `${to}?balance=least` });
  for (let client = 0; client < 12; client += 1) {
    await dial(t, ambassador.port);
    await ambassador.counts(client + 1, 'active_connections');
  }
  assert.deepEqual(counts(), [4, 4, 4]);
  // two of them are rid of theirs: the next ones are for those
  const [, second, third] = servers as [TcpServer, TcpServer, TcpServer];
  for (const peer of [...second.peers, ...third.peers]) peer.reset();
  await ambassador.counts(4, 'active_connections');
  for (let client = 0; client < 6; client += 1) {
    await dial(t, ambassador.port);
    await ambassador.counts(client + 5, 'active_connections');
  }
  assert.deepEqual(counts(), [4, 7, 7]);
});

onBothEngines('random: every one, and none by far the most', async (t, start) => {
  const { to, counts } = await three(t);
  const { port } = await start({ to: `${to}?balance=random` });
  await serve(t, port, 120);
  // each of three has 40 on average; to have below 10 is a matter of 1 in 10^11
  assert.ok(
    counts().every((count) => count >= 10),
    String(counts()),
  );
});

onBothEngines('source: the same address always to the same backend', async (t, start) => {
  const { servers, to, counts } = await three(t);
  const { port } = await start({ to: `${to}?balance=source` });
  const taken = new Map<string, TcpServer>();
  for (let round = 0; round < 3; round += 1) {
    // of a number of clients that is no multiple of the backends, taking turns looks different
    for (let host = 1; host <= 25; host += 1) {
      const before = counts();
      await serve(t, port, 1, `127.0.0.${host}`);
      await until('a backend has it', () => counts().some((count, index) => count > (before[index] as number)));
      const server = servers.find(({ peers }, index) => peers.length > (before[index] as number)) as TcpServer;
      const known = taken.get(`127.0.0.${host}`);
      assert.ok(known === undefined || known === server, `127.0.0.${host} went to two backends`);
      taken.set(`127.0.0.${host}`, server);
    }
  }
  assert.equal(new Set(taken.values()).size, 3);
});
