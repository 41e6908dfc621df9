import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { askLive } from '#shared/ask-live.ts';
import { Health } from '#shared/health.ts';
import { anyPort, serve } from './admin-client.ts';

test('live and not live, over TCP and a Unix socket', async (t) => {
  const folder = temporaryFolder(t);
  for (const listen of [anyPort, { type: 'unix', path: join(folder, 'ask.sock') } as const]) {
    const health = new Health();
    const admin = await serve({ listen, health });
    t.after(() => admin.close());
    const asked = listen.type === 'tcp' ? { ...listen, port: Number(new URL(admin.address).port) } : listen;
    assert.deepEqual(await askLive(asked), { live: true, text: 'ready' });
    health.fail('stuck');
    assert.deepEqual(await askLive(asked), { live: false, text: 'not live: stuck' });
  }
});

test('a server that is bound to every address', async (t) => {
  for (const host of [undefined, '0.0.0.0']) {
    const admin = await serve({ listen: { type: 'tcp', host, port: 0 } });
    t.after(() => admin.close());
    assert.deepEqual(await askLive({ type: 'tcp', host, port: Number(new URL(admin.address).port) }), {
      live: true,
      text: 'ready',
    });
  }
});

test('nobody listens, where the admin server is off, or where no answer comes', async (t) => {
  const gone = await serve({});
  const port = Number(new URL(gone.address).port);
  await gone.close();
  const refused = await askLive({ type: 'tcp', host: undefined, port });
  assert.equal(refused.live, false);
  assert.match(refused.text, new RegExp(`cannot ask the admin server at 127\\.0\\.0\\.1 port ${port}: .*ECONNREFUSED`));
  const absent = await askLive({ type: 'unix', path: join(temporaryFolder(t), 'absent.sock') });
  assert.equal(absent.live, false);
  assert.match(absent.text, /absent\.sock: .*ENOENT/);
  assert.equal((await askLive({ type: 'off' })).live, true);

  const mute = createTcpServer((socket) => socket.resume().on('error', () => {})).listen(0, '127.0.0.1');
  t.after(() => mute.close());
  await once(mute, 'listening');
  const waited = await askLive({ type: 'tcp', host: '127.0.0.1', port: (mute.address() as AddressInfo).port });
  assert.equal(waited.live, false);
  assert.match(waited.text, /no answer in 2 s/);

  const endless = createServer((_, outgoing) => outgoing.writeHead(200).write('begun')).listen(0, '127.0.0.1');
  t.after(() => endless.closeAllConnections());
  t.after(() => endless.close());
  await once(endless, 'listening');
  const unfinished = await askLive({ type: 'tcp', host: '127.0.0.1', port: (endless.address() as AddressInfo).port });
  assert.equal(unfinished.live, false);
  assert.match(unfinished.text, /no answer in 2 s/);
});
