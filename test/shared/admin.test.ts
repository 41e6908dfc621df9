import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { type Admin, type AdminRequest, Handlers, serveAdmin } from '#shared/admin.ts';
import { askLive } from '#shared/ask-live.ts';
import type { Listen } from '#shared/config/address.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-admin-'));
after(() => rmSync(folder, { recursive: true }));

const anyPort: Listen = { type: 'tcp', host: '127.0.0.1', port: 0 };

test('the four pages, and 404 and 405 for the rest', async (t) => {
  const health = new Health();
  const sink = health.part('sink');
  const metrics = new Metrics('sidekick_logs');
  metrics.counter('lines_total', 'Lines.').add(3);
  const admin = await serveAdmin({ listen: anyPort, health, metrics, status: () => ({ files: ['a.log'] }) });
  t.after(() => admin.close());

  assert.deepEqual(await get(admin, '/livez'), {
    code: 200,
    type: 'text/plain; charset=utf-8',
    body: '[-] sink starting\nnot ready\n',
  });
  assert.equal((await get(admin, '/readyz')).code, 503);
  sink.ok();
  assert.deepEqual(await get(admin, '/readyz?verbose'), {
    code: 200,
    type: 'text/plain; charset=utf-8',
    body: '[+] sink ok\nready\n',
  });
  const exposition = await get(admin, '/metrics');
  assert.equal(exposition.type, 'text/plain; version=0.0.4; charset=utf-8');
  assert.match(exposition.body, /^sidekick_logs_lines_total 3$/m);

  const status = await get(admin, '/status');
  assert.equal(status.type, 'application/json');
  assert.deepEqual(JSON.parse(status.body), { files: ['a.log'], health: JSON.parse(JSON.stringify(health)) });
  assert.match(status.body, /\n {2}"files"/, 'for people to read');

  const missing = await get(admin, '/');
  assert.equal(missing.code, 404);
  for (const path of ['/livez', '/readyz', '/metrics', '/status']) assert.ok(missing.body.includes(path), path);
  assert.equal((await get(admin, '/constructor')).code, 404);

  const posted = await send(admin, 'POST', '/livez');
  assert.deepEqual([posted.code, posted.allow], [405, 'GET, HEAD']);
  const head = await send(admin, 'HEAD', '/livez');
  assert.deepEqual([head.code, head.body, head.length], [200, '', String('[+] sink ok\nready\n'.length)]);

  health.fail('broken');
  assert.equal((await get(admin, '/livez')).code, 503);
});

test('a page that fails is a 500, and the server goes on', async (t) => {
  const status = () => {
    throw new Error('no idea');
  };
  const admin = await serve({ status });
  t.after(() => admin.close());
  assert.deepEqual(await get(admin, '/status'), {
    code: 500,
    type: 'text/plain; charset=utf-8',
    body: '/status failed: Error: no idea\n',
  });
  assert.equal((await get(admin, '/livez')).code, 200);
});

test('pages of the sidecar: what they are asked, and what they answer', async (t) => {
  const asked: AdminRequest[] = [];
  const handlers = new Handlers();
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  assert.equal((await get(admin, '/proxies')).code, 404);
  handlers.add('/proxies', (request) => {
    asked.push(request);
    return { code: 201, type: 'application/json', body: '{"ä":1}', headers: { 'cache-control': 'max-age=1' } };
  });
  const made = await send(admin, 'POST', '/proxies/a%2Fb?x=1&x=2&y', 'é'.repeat(1000));
  assert.deepEqual([made.code, made.type, made.body, made.length], [201, 'application/json', '{"ä":1}', '8']);
  assert.equal(made.headers['cache-control'], 'max-age=1');
  const [request] = asked;
  assert.deepEqual([request?.method, request?.path, request?.body], ['POST', '/proxies/a%2Fb', 'é'.repeat(1000)]);
  assert.deepEqual([request?.query.getAll('x'), request?.query.get('y')], [['1', '2'], '']);
  assert.match(String(request?.headers.host), /^127\.0\.0\.1:/);

  const head = await send(admin, 'HEAD', '/proxies');
  assert.deepEqual([head.code, head.body, head.length, asked[1]?.method], [201, '', '8', 'GET']);
});

test('pages of the sidecar: the nearest path answers, and what lies beside is listed', async (t) => {
  const handlers = new Handlers();
  for (const path of ['/', '/proxies', '/proxies/x/toxics'])
    handlers.add(path, () => ({ code: 200, type: 'text/plain', body: path }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const answers = {
    '/': '/',
    '/proxies': '/proxies',
    '/proxies/': '/proxies',
    '/proxies/x?/y': '/proxies',
    '/proxies/x/toxics': '/proxies/x/toxics',
    '/proxies/x/toxics/1': '/proxies/x/toxics',
    '/proxies/x/toxicsx': '/proxies',
  };
  for (const [path, answer] of Object.entries(answers)) assert.equal((await get(admin, path)).body, answer, path);
  for (const path of ['/proxiesx', '/x', '//', '//x', '*']) {
    const missing = await get(admin, path);
    assert.equal(missing.code, 404, path);
    assert.equal(missing.body, 'not found; there are /livez /readyz /metrics /status / /proxies /proxies/x/toxics\n');
  }
});

test('pages of the sidecar: a path that is taken, or is none, is refused', () => {
  const handlers = new Handlers();
  const page = () => ({ code: 200, type: 'text/plain', body: '' });
  handlers.add('/a', page);
  for (const path of ['/livez', '/readyz', '/metrics', '/status', '/a'])
    assert.throws(() => handlers.add(path, page), /is served already/, path);
  for (const path of ['', 'a', '/a/', '//', '/a?b', '/a b'])
    assert.throws(() => handlers.add(path, page), /is not of the form/, path);
});

test('pages of the sidecar: one that fails is a 500, whichever way, and the server goes on', async (t) => {
  const handlers = new Handlers();
  handlers.add('/throws', () => {
    throw new Error('no idea');
  });
  handlers.add('/rejects', async () => Promise.reject(new TypeError('none either')));
  handlers.add('/header', () => ({ code: 200, type: 'text/plain', body: '', headers: { x: 'a\nb' } }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  assert.deepEqual(await get(admin, '/throws/x'), {
    code: 500,
    type: 'text/plain; charset=utf-8',
    body: '/throws/x failed: Error: no idea\n',
  });
  assert.equal((await get(admin, '/rejects')).body, '/rejects failed: TypeError: none either\n');
  const broken = await get(admin, '/header');
  assert.equal(broken.code, 500);
  assert.match(broken.body, /Invalid character in header/);
  assert.equal((await get(admin, '/livez')).code, 200);
});

test('pages of the sidecar: nothing is sent with a 204', async (t) => {
  const handlers = new Handlers();
  handlers.add('/gone', () => ({ code: 204, type: 'text/plain', body: 'x' }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const gone = await send(admin, 'DELETE', '/gone');
  assert.deepEqual([gone.code, gone.type, gone.length, gone.body], [204, undefined, undefined, '']);
});

test('pages of the sidecar: a body of 1 MiB is taken, a longer one is not, a slow one is cut off', async (t) => {
  const handlers = new Handlers();
  let asked = 0;
  handlers.add('/length', ({ body }) => {
    asked += 1;
    return { code: 200, type: 'text/plain', body: String(body.length) };
  });
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const most = 1024 * 1024;
  assert.equal((await send(admin, 'PUT', '/length', 'x'.repeat(most))).body, String(most));
  const refused = await send(admin, 'PUT', '/length', 'x'.repeat(most + 1));
  assert.deepEqual([refused.code, refused.body], [413, 'the body is longer than 1048576 bytes\n']);
  assert.equal((await send(admin, 'PUT', '/length', 'x'.repeat(9 * most))).code, 413);

  const slow = connect(Number(new URL(admin.address).port), '127.0.0.1');
  slow.write('PUT /length HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nbegun');
  assert.match(await text(slow), /^HTTP\/1\.1 408 /);
  assert.equal(asked, 1);
});

test('pages of the sidecar: a browser may read and not change', async (t) => {
  const handlers = new Handlers();
  handlers.add('/proxies', ({ method }) => ({ code: 200, type: 'text/plain', body: method }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const origin = { origin: 'http://example.net' };
  assert.equal((await send(admin, 'GET', '/proxies', '', origin)).body, 'GET');
  assert.equal((await send(admin, 'POST', '/proxies', '', origin)).code, 403);
  assert.equal(await (await fetch(`${admin.address}/proxies`, { method: 'POST' })).text(), 'POST', 'fetch of Node is no browser');
});

test('close ends connections that wait: silent, in the midst of a request, or with huge headers', async () => {
  const admin = await serve({});
  const { port } = new URL(admin.address);
  const beginnings = ['', 'GET /livez HTTP/1.1\r\nhost: x\r\n', `GET /livez HTTP/1.1\r\nx: ${'y'.repeat(4000)}`];
  const clients = await Promise.all(
    beginnings.map(async (beginning) => {
      const client = connect(Number(port), '127.0.0.1');
      await once(client, 'connect');
      client.write(beginning);
      return client;
    }),
  );
  // The server took all of them once it answers a later one.
  assert.equal((await get(admin, '/livez')).code, 200);
  const ended = clients.map((client) =>
    once(
      client.resume().on('error', () => {}),
      'close',
    ),
  );
  await admin.close();
  await Promise.all(ended);
  await assert.rejects(get(admin, '/livez'), { code: 'ECONNREFUSED' });
});

test('headers beyond any sense are refused', async (t) => {
  const admin = await serve({});
  t.after(() => admin.close());
  const client = connect(Number(new URL(admin.address).port), '127.0.0.1');
  client.end(`GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
  assert.match(await text(client), /^HTTP\/1\.1 431 /);
});

test('a slow client is cut off', async (t) => {
  const admin = await serve({});
  t.after(() => admin.close());
  const client = connect(Number(new URL(admin.address).port), '127.0.0.1');
  client.write('GET /livez HTTP/1.1\r\n');
  assert.match(await text(client), /^HTTP\/1\.1 408 /);
});

test('a taken port is EADDRINUSE', async (t) => {
  const admin = await serve({});
  t.after(() => admin.close());
  const port = Number(new URL(admin.address).port);
  await assert.rejects(serve({ listen: { type: 'tcp', host: '127.0.0.1', port } }), { code: 'EADDRINUSE' });
});

test('off: nothing is served', async () => {
  const admin = await serve({ listen: { type: 'off' } });
  assert.equal(admin.address, 'off');
  await admin.close();
});

test('a Unix socket serves the same, and its file goes with it', async () => {
  const path = join(folder, 'serve.sock');
  const admin = await serve({ listen: { type: 'unix', path } });
  assert.equal(admin.address, `unix:${path}`);
  assert.equal((await get(admin, '/livez')).code, 200);
  await admin.close();
  assert.equal(existsSync(path), false);
});

test('a Unix socket in use is EADDRINUSE, and what is no socket is left alone', async (t) => {
  const path = join(folder, 'taken.sock');
  const admin = await serve({ listen: { type: 'unix', path } });
  t.after(() => admin.close());
  await assert.rejects(serve({ listen: { type: 'unix', path } }), { code: 'EADDRINUSE' });
  assert.equal((await get(admin, '/livez')).code, 200, 'the first one still has its socket');

  const file = join(folder, 'precious');
  writeFileSync(file, 'data');
  await assert.rejects(serve({ listen: { type: 'unix', path: file } }), { code: 'EADDRINUSE' });
  assert.equal(statSync(file).size, 4);
  await assert.rejects(serve({ listen: { type: 'unix', path: join(folder, 'absent', 'x.sock') } }), { code: /ENOENT|EACCES/ });
});

test('the Unix socket of a killed process is replaced', async (t) => {
  const path = join(folder, 'stale.sock');
  const holder = spawnServer(path);
  await once(holder, 'message');
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  assert.ok(existsSync(path), 'the kernel leaves the file');
  const admin = await serve({ listen: { type: 'unix', path } });
  t.after(() => admin.close());
  assert.equal((await get(admin, '/livez')).code, 200);
});

test('the server does not keep its process alive, not even with a client that waits', async (t) => {
  const path = join(folder, 'unref.sock');
  const child = spawnServer(path);
  await once(child, 'message');
  const client = connect(path);
  t.after(() => client.destroy());
  client.on('error', () => {});
  await once(client, 'connect');
  child.disconnect();
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('asking: live and not live, over TCP and a Unix socket', async (t) => {
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

test('asking a server that is bound to every address', async (t) => {
  for (const host of [undefined, '0.0.0.0']) {
    const admin = await serve({ listen: { type: 'tcp', host, port: 0 } });
    t.after(() => admin.close());
    assert.deepEqual(await askLive({ type: 'tcp', host, port: Number(new URL(admin.address).port) }), {
      live: true,
      text: 'ready',
    });
  }
});

test('asking where nobody listens, where the admin server is off, or where no answer comes', async (t) => {
  const gone = await serve({});
  const port = Number(new URL(gone.address).port);
  await gone.close();
  const refused = await askLive({ type: 'tcp', host: undefined, port });
  assert.equal(refused.live, false);
  assert.match(refused.text, new RegExp(`cannot ask the admin server at 127\\.0\\.0\\.1 port ${port}: .*ECONNREFUSED`));
  const absent = await askLive({ type: 'unix', path: join(folder, 'absent.sock') });
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

function serve({ listen = anyPort, health = new Health(), status = () => ({}), handlers = new Handlers() }): Promise<Admin> {
  return serveAdmin({ listen, health, metrics: new Metrics('x'), status, handlers });
}

/** A process with an admin server on a Unix socket, which says when it listens and lives on only for its IPC channel. */
function spawnServer(path: string): ChildProcess {
  const program = `
    import { serveAdmin } from '#shared/admin.ts';
    import { Health } from '#shared/health.ts';
    import { Metrics } from '#shared/metrics.ts';
    await serveAdmin({ listen: ${JSON.stringify({ type: 'unix', path })}, health: new Health(), metrics: new Metrics('x'), status: () => ({}) });
    process.send('listening');
    process.on('message', () => {});`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    cwd: import.meta.dirname,
  });
}

async function get(admin: Admin, path: string): Promise<{ code: number | undefined; type: string | undefined; body: string }> {
  const { code, type, body } = await send(admin, 'GET', path);
  return { code, type, body };
}

async function send(admin: Admin, method: string, path: string, body = '', headers: Record<string, string> = {}) {
  const target = admin.address.startsWith('unix:')
    ? { socketPath: admin.address.slice('unix:'.length) }
    : { host: '127.0.0.1', port: new URL(admin.address).port };
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...target, method, path, headers, agent: false }, resolve)
      .once('error', reject)
      .end(body);
  });
  const { 'content-type': type, 'content-length': length, allow } = incoming.headers;
  return { code: incoming.statusCode, type, allow, length, headers: incoming.headers, body: await text(incoming) };
}
