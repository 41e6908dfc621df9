// A backend that comes back at another address, as a container does that was made anew.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DnsNamespace } from '#harness/dns.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { dial } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines, type Start } from './both.ts';

const server = fileURLToPath(new URL('./programs/named-server.ts', import.meta.url));

/**
 * A network with a name `backend.test`, whose one address is that of a backend called `old`; an ambassador in it listens on a Unix socket,
 * which is the same in every network.
 */
async function world(t: TestContext, start: Start, options: string) {
  const namespace = await DnsNamespace.open(t, { zone: { 'backend.test': { a: ['127.0.0.2'] } } });
  const run = async (host: string, name: string) => {
    const child = namespace.spawn(process.execPath, [server, host, '7000', name], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  const old = await run('127.0.0.2', 'old');
  const folder = temporaryFolder(t);
  const path = join(folder, 'listen');
  const ambassador = await start({
    routes: [`unix:${path}=backend.test:7000?${options}`],
    env: { AMBASSADOR_ADMIN: `unix:${join(folder, 'admin')}`, AMBASSADOR_RESOLVE: '200ms' },
    spawn: (command, args, how) => namespace.spawn(command, args, how),
  });
  /** What a new client is answered, and by whom. */
  const ask = async (what: string) => {
    const client = await dial(t, { path });
    client.socket.end(what);
    await client.ending;
    return client.received.toString();
  };
  const move = () => namespace.set({ 'backend.test': { a: ['127.0.0.3'] } });
  return { ambassador, path, old, run, move, ask };
}

onBothEngines(
  'a backend changes its address: live connections stay, new ones follow',
  async (t, start) => {
    const { path, run, move, ask } = await world(t, start, 'name=moved');
    const live = await dial(t, { path });
    await live.send('before');
    await live.receives('old: before'.length);
    await run('127.0.0.3', 'new');
    await move();
    await until('new clients are at the new address', async () => (await ask('who?')) === 'new: who?');
    live.socket.end('after');
    assert.equal(await live.ending, 'FIN');
    assert.equal(live.received.toString(), 'old: beforeold: after');
  },
  'root',
);

onBothEngines(
  'a backend is gone and comes back at another address: clients that came meanwhile are held, and served there',
  async (t, start) => {
    const { ambassador, path, old, run, move, ask } = await world(t, start, 'hold=60s&name=moved');
    assert.equal(await ask('who?'), 'old: who?');
    const ended = once(old, 'exit');
    old.kill('SIGKILL');
    await ended;
    const held = await Promise.all(Array.from({ length: 5 }, () => dial(t, { path })));
    for (const client of held) client.socket.end('who?');
    await ambassador.counts(5, 'waiting');
    await run('127.0.0.3', 'new');
    await move();
    for (const client of held) {
      assert.equal(await client.ending, 'FIN');
      assert.equal(client.received.toString(), 'new: who?');
    }
  },
  'root',
);
