// Where clients come in, and of what kind backends are.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { dial, echo, says, silent, TcpServer, type Where } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines } from './both.ts';

onBothEngines('100 listeners: each leads to its own backend', async (t, start) => {
  const ways = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const backend = await TcpServer.listen(t, says(`backend ${index}`));
      return { port: await freePort(), backend: backend.address, index };
    }),
  );
  await start({ routes: ways.map(({ port, backend }) => `127.0.0.1:${port}=${backend}`) });
  const greetings = ways.map(async ({ port, index }) => {
    const client = await dial(t, port);
    client.end();
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), `backend ${index}`);
  });
  await Promise.all(greetings);
});

onBothEngines('Unix sockets and TCP, from each to each', async (t, start) => {
  const folder = temporaryFolder(t);
  const path = (name: string) => join(folder, name);
  const [tcp, unix] = [await TcpServer.listen(t), await TcpServer.listen(t, echo, { path: path('backend') })];
  const port = await freePort();
  await start({
    to: tcp.address,
    routes: [`unix:${path('to-tcp')}=${tcp.address}`, `unix:${path('to-unix')}=${unix.address}`, `${port}=${unix.address}`],
  });
  const large = Buffer.alloc(2_000_000, 'over sockets of two kinds ');
  const ways: Where[] = [{ path: path('to-tcp') }, { path: path('to-unix') }, { host: '127.0.0.1', port }];
  for (const where of ways) {
    const client = await dial(t, where);
    client.socket.end(large);
    assert.equal(await client.ending, 'FIN');
    assert.ok(client.received.equals(large));
  }
});

onBothEngines('a Unix socket: its permissions, one that was left behind, and none when it is over', async (t, start) => {
  const path = join(temporaryFolder(t), 'listen');
  const backend = await TcpServer.listen(t);
  const launch = { routes: [`unix:${path}=${backend.address}?listen-mode=0600`] };
  const killed = await start(launch);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await killed.process.stop('SIGKILL');
  const ambassador = await start(launch);
  const client = await dial(t, { path });
  client.socket.end('served');
  assert.equal(await client.ending, 'FIN');
  assert.equal((await ambassador.process.stop()).code, 0);
  assert.equal(statSync(path, { throwIfNoEntry: false }), undefined);
});

onBothEngines('IPv6 on both sides, and a port alone takes IPv4 and IPv6', async (t, start) => {
  const backend = await TcpServer.listen(t, echo, { host: '::1' });
  const port = await freePort();
  const { port: any } = await start({ to: backend.address, routes: [`[::1]:${port}=${backend.address}?proxy-out=v1`] });
  for (const host of ['127.0.0.1', '::1']) {
    const client = await dial(t, { host, port: any });
    client.socket.end(`from ${host}`);
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), `from ${host}`);
  }
  const client = await dial(t, { host: '::1', port });
  const { localPort } = client.socket;
  client.socket.end('!');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), `PROXY TCP6 ::1 ::1 ${localPort} ${port}\r\n!`);
});

onBothEngines('a host name whose addresses are of both families', async (t, start) => {
  const backend = await TcpServer.listen(t, silent);
  const { port } = await start({ to: `localhost:${backend.port}?connect-timeout=1s` });
  for (let client = 0; client < 4; client += 1) await dial(t, port);
  await until('all of them are at the one that listens', () => backend.peers.length === 4);
});

onBothEngines('a port that is taken: it says which and ends', async (t, start) => {
  const taken = await TcpServer.listen(t);
  const failing = start({ routes: [`127.0.0.1:${taken.port}=127.0.0.1:1`] });
  await assert.rejects(failing, new RegExp(`${taken.port}`));
});
