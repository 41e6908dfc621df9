import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { serveAdmin } from '#shared/admin.ts';
import { Health } from '#shared/health.ts';
import { Metrics } from '#shared/metrics.ts';
import { anyPort, get, send, serve } from './admin-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'sidekick-admin-'));
after(() => rmSync(folder, { recursive: true }));

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

test('metrics that fail half-way are a 500 and no half of a reply', async (t) => {
  const metrics = new Metrics('x');
  let fails = true;
  metrics.computed('gauge', 'up', 'Up.', function* () {
    for (let peer = 0; peer < 1000; peer += 1) yield [1, { peer: String(peer) }];
    if (fails) throw new Error('no idea');
  });
  const admin = await serve({ metrics });
  t.after(() => admin.close());
  assert.deepEqual(await get(admin, '/metrics'), {
    code: 500,
    type: 'text/plain; charset=utf-8',
    body: '/metrics failed: Error: no idea\n',
  });
  fails = false;
  assert.equal((await get(admin, '/metrics')).body, metrics.text());
  const head = await send(admin, 'HEAD', '/metrics');
  assert.deepEqual([head.code, head.body, head.length], [200, '', String(metrics.bytes().length)]);
});

test('clients that read late get each an exposition of one moment', async (t) => {
  const metrics = new Metrics('x');
  let moment = 0;
  metrics.onCollect(() => {
    moment += 1;
  });
  // more than the buffers of a connection take
  const series = 60_000;
  metrics.computed('gauge', 'moment', 'Moment.', function* () {
    for (let peer = 0; peer < series; peer += 1) yield [moment, { peer: `ä${'x'.repeat(100)}` }];
  });
  const admin = await serve({ metrics });
  t.after(() => admin.close());
  const clients = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const client = connect(Number(new URL(admin.address).port), '127.0.0.1');
      client.write('GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n');
      await once(client, 'readable');
      return client;
    }),
  );
  assert.equal(moment, clients.length, 'all were answered before any has read');
  assert.match((await get(admin, '/metrics')).body, /^x_moment\{.*\} 7$/m, 'one that is given back does not disturb them');
  const moments = await Promise.all(
    clients.map(async (client) => {
      const values = [...(await text(client)).matchAll(/^x_moment\{peer="äx{100}"\} (\d+)$/gm)].map(([, value]) => value);
      assert.equal(values.length, series);
      assert.equal(new Set(values).size, 1);
      return values[0];
    }),
  );
  assert.equal(new Set(moments).size, clients.length);
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

/** A process with an admin server on a Unix socket, which says when it listens and lives on only for its IPC channel. */
function spawnServer(path: string): ChildProcess {
  const program = `
    import { serveAdmin } from '#shared/admin.ts';
    import { Health } from '#shared/health.ts';
    import { Metrics } from '#shared/metrics.ts';
import { anyPort, get, send, serve } from './admin-client.ts';
    await serveAdmin({ listen: ${JSON.stringify({ type: 'unix', path })}, health: new Health(), metrics: new Metrics('x'), status: () => ({}) });
    process.send('listening');
    process.on('message', () => {});`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    cwd: import.meta.dirname,
  });
}
