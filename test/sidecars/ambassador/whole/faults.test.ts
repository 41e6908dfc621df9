// Faults that are put into routes over the admin server while it runs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { startSidecar } from '#harness/process.ts';
import { dial, type Peer, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines, Running, within } from './running.ts';

const on = { env: { AMBASSADOR_FAULTS: 'on' } };
/** Later than any test waits. */
const forever = [{ type: 'latency', attributes: { latency: 3_600_000 } }];

/** Asserts that so much is sent back right away. */
async function echoes(peer: Peer, said: string): Promise<void> {
  const before = peer.bytes;
  await peer.send(said);
  await peer.receives(before + said.length);
}

async function isRefused(t: TestContext, port: number): Promise<boolean> {
  return dial(t, port).then(
    () => false,
    ({ code }) => code === 'ECONNREFUSED',
  );
}

test(
  'latency on a connection that is there: what is said waits, other routes do not, and nothing is lost',
  within(),
  async (t) => {
    const backend = await TcpServer.listen(t);
    const [slow, other] = [await freePort(), await freePort()];
    const running = await Running.ready(t, [`${slow}=${backend.address}?name=slow`, `${other}=${backend.address}`], on);
    const [client, reference] = [await dial(t, slow), await dial(t, other)];
    await echoes(client, 'before,');
    assert.equal((await running.ask('PUT', '/faults/slow', forever)).code, 200);
    await client.send('during,');
    await until('the backend has it', () => backend.peers.some(({ received }) => received.toString() === 'before,during,'));
    for (let round = 0; round < 50; round += 1) await echoes(reference, 'not slow');
    assert.equal(client.received.toString(), 'before,');
    const status = JSON.parse((await running.ask('GET', '/status')).body);
    assert.deepEqual(status.routes[0].faults, [
      {
        name: 'latency_downstream',
        stream: 'downstream',
        toxicity: 1,
        type: 'latency',
        attributes: { latency: 3_600_000, jitter: 0 },
      },
    ]);
    assert.equal((await running.ask('PUT', '/faults/slow', [])).code, 200);
    await client.send('after');
    await client.receives('before,during,after'.length);
    assert.equal(client.received.toString(), 'before,during,after');
  },
);

test('a proxy that is created: it carries, goes down and up, and is removed', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const running = await Running.ready(t, [`${await freePort()}=${backend.address}`], on);
  const port = await freePort();
  const proxy = { name: 'drill', listen: `127.0.0.1:${port}`, upstream: backend.address, enabled: true };
  const created = await running.ask('POST', '/proxies', proxy);
  assert.equal(created.code, 201, created.body);
  assert.deepEqual(JSON.parse(created.body), { ...proxy, toxics: [] });
  const client = await dial(t, port);
  await echoes(client, 'through the proxy');
  assert.equal((await running.ask('POST', '/proxies/drill', { enabled: false })).code, 200);
  assert.notEqual(await client.ending, 'closed by this side');
  assert.equal(await isRefused(t, port), true);
  assert.equal((await running.ask('POST', '/proxies/drill', { enabled: true })).code, 200);
  await echoes(await dial(t, port), 'again');
  assert.equal((await running.ask('DELETE', '/proxies/drill')).code, 204);
  assert.equal(await isRefused(t, port), true);
  assert.equal((await running.ask('GET', '/proxies/drill')).code, 404);
});

test('the only route, taken down by /faults, and what toxiproxy calls populate and reset', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const [port, more] = [await freePort(), await freePort()];
  const running = await Running.ready(t, [`${port}=${backend.address}?name=cache`], on);
  assert.equal((await running.ask('PUT', '/faults/cache', { down: true, toxics: forever })).code, 200);
  assert.equal(await isRefused(t, port), true);
  const populated = await running.ask('POST', '/populate', [
    { name: 'more', listen: `127.0.0.1:${more}`, upstream: backend.address },
  ]);
  assert.equal(populated.code, 201, populated.body);
  await echoes(await dial(t, more), 'populated');
  assert.equal((await running.ask('POST', '/reset')).code, 204);
  await echoes(await dial(t, port), 'as if nothing had been');
});

test('a reload keeps the faults, what is down, and the proxies that were created', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const file = join(temporaryFolder(t), 'routes');
  const [slow, down, fresh, proxy] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const before = `${slow}=${backend.address}?name=slow\n${down}=${backend.address}?name=down\n`;
  writeFileSync(file, before);
  const running = await Running.ready(t, [], { env: { ...on.env, AMBASSADOR_ROUTES_FILE: file } });
  await running.ask('PUT', '/faults/slow', forever);
  await running.ask('PUT', '/faults/down', { down: true });
  await running.ask('POST', '/proxies', { name: 'drill', listen: `127.0.0.1:${proxy}`, upstream: backend.address });
  const client = await dial(t, slow);
  writeFileSync(file, `${before}${fresh}=${backend.address}?name=fresh\n`);
  await running.counts(1, 'reloads_total', { result: 'ok' });
  await echoes(await dial(t, fresh), 'the new route');
  await echoes(await dial(t, proxy), 'the created one');
  assert.equal(await isRefused(t, down), true);
  const faults = JSON.parse((await running.ask('GET', '/faults')).body);
  assert.deepEqual(Object.keys(faults).sort(), ['down', 'drill', 'fresh', 'slow']);
  assert.equal(faults.slow.toxics[0].attributes.latency, 3_600_000);
  assert.equal(faults.down.down, true);
  await client.send('held');
  await until('the backend has it', () => backend.peers.some(({ received }) => received.toString() === 'held'));
  await running.ask('DELETE', '/faults');
  await client.receives('held'.length);
  await echoes(await dial(t, down), 'up again');
});

test('what faults do to routes is seen: in the log, in /readyz, /status and /metrics', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const port = await freePort();
  const running = await Running.ready(t, [`${port}=${backend.address}?name=cache`], on);
  const client = await dial(t, port);
  await echoes(client, 'before');
  await running.ask('PUT', '/faults/cache', forever);
  await running.sidecar.says('faults are put into a route');
  assert.equal((await running.ask('PUT', '/faults/cache', { down: true })).code, 200);
  const { code, body } = await running.ask('GET', '/readyz');
  assert.equal(code, 200);
  assert.match(body, /^\[~\] route cache degraded: it was taken down by a fault.*DELETE \/faults\/cache/m);
  const { routes } = JSON.parse((await running.ask('GET', '/status')).body);
  assert.deepEqual([routes.length, routes[0].name, routes[0].down, routes[0].accepted], [1, 'cache', true, 1]);
  await running.counts(1, 'route_down', { route: 'cache' });
  await running.counts(0, 'clients', { route: 'cache' });
  await running.counts(1, 'accepted_total', { route: 'cache' });
  assert.equal((await running.ask('DELETE', '/faults/cache')).code, 204);
  await running.answers('/readyz', (answer) => answer.body.includes('[+] route cache ok'));
  await running.counts(0, 'route_down', { route: 'cache' });
  await running.counts(1, 'accepted_total', { route: 'cache' });
  await running.sidecar.says('the faults of a route are taken off');
  // one that was created, taken down and removed leaves nothing behind
  const proxy = { name: 'drill', listen: `127.0.0.1:${await freePort()}`, upstream: backend.address, enabled: false };
  assert.equal((await running.ask('POST', '/proxies', proxy)).code, 201);
  assert.match((await running.ask('GET', '/readyz')).body, /route drill degraded/);
  assert.equal((await running.ask('DELETE', '/proxies/drill')).code, 204);
  assert.doesNotMatch((await running.ask('GET', '/readyz')).body, /drill/);
});

test('a proxy that clashes with a route, or with the admin server: told which, and by whom', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const [port, admin] = [await freePort(), await freePort()];
  const env = { ...on.env, AMBASSADOR_ADMIN: `127.0.0.1:${admin}` };
  const sidecar = startSidecar(t, 'ambassador', env, [`127.0.0.1:${port}=${backend.address}?name=cache`]);
  const url = `${await sidecar.admin()}/proxies`;
  await sidecar.says('listening');
  const create = async (listen: string) => {
    const body = JSON.stringify({ name: 'drill', listen, upstream: backend.address });
    const answer = await fetch(url, { method: 'POST', body });
    return `${answer.status} ${await answer.text()}`;
  };
  assert.match(await create(`:${port}`), /^400 .*drill: listens on a port that cache has too/);
  assert.match(await create(`127.0.0.1:${port}`), /^400 .*drill: listens where cache does/);
  assert.match(await create(`:${admin}`), /^400 .*listens where the admin server does/);
  assert.match(await create(''), /^201 /);
});

test('a route that could not be listened for is no part of the health, whatever becomes of its backends', within(), async (t) => {
  const backend = await TcpServer.listen(t);
  const taken = await TcpServer.listen(t);
  const file = join(temporaryFolder(t), 'routes');
  const kept = `${await freePort()}=${backend.address}?name=kept`;
  writeFileSync(file, kept);
  const running = await Running.ready(t, [], { env: { ...on.env, AMBASSADOR_ROUTES_FILE: file } });
  writeFileSync(file, `${kept} ${taken.port}=${backend.address}?name=clash`);
  await running.sidecar.says('stay as they were');
  const parts = async () => (await running.ask('GET', '/readyz')).body.match(/^\[.\] route \w+/gm);
  await until('the backend was looked at for nothing', () => backend.peers.length > 1);
  assert.deepEqual(await parts(), ['[+] route kept']);
  await taken.close();
  await running.answers('/readyz', ({ body }) => body.includes('[+] route clash ok'));
  const told = running.sidecar.log.findIndex(({ part }) => part === 'route clash');
  assert.ok(told > running.sidecar.log.findIndex(({ msg, route }) => msg === 'listening' && route === 'clash'));
});

test('faults and the splice engine exclude each other: 64', within(), async (t) => {
  await assert.rejects(
    Running.start(t, ['7000=192.0.2.1:1'], { env: { ...on.env, AMBASSADOR_ENGINE: 'splice' } }),
    /ended with 64(.|\n)*AMBASSADOR_FAULTS is on/,
  );
});

onBothEngines(
  'without the setting there is no way to put faults in, and the page and the rest of the admin server are there',
  async (t, env) => {
    const backend = await TcpServer.listen(t);
    const running = await Running.ready(t, [`${await freePort()}=${backend.address}?name=cache`], { env });
    for (const path of ['/proxies', '/faults', '/faults/cache', '/populate', '/reset', '/version'])
      for (const method of ['GET', 'POST', 'PUT']) {
        const { code, body } = await running.ask(method, path, method === 'GET' ? undefined : []);
        assert.equal(code, 404, `${method} ${path}`);
        assert.match(body, /set AMBASSADOR_FAULTS=on/);
      }
    const page = await running.ask('GET', '/');
    assert.equal(page.code, 200);
    assert.match(page.body, /^<!doctype html>/i);
    for (const path of ['/livez', '/readyz', '/metrics', '/status'])
      assert.equal((await running.ask('GET', path)).code, 200, path);
  },
);
