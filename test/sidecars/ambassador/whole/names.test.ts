// Names of backends, asked of a real name server: what they mean changes while it runs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DnsNamespace, type DnsNamespaceOptions } from '#harness/dns.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { dial, type Peer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { onBothEngines as onBoth, Running, startWithin } from './running.ts';

type Body = Parameters<typeof onBoth>[1];
const onBothEngines = (name: string, body: Body) => onBoth(name, body, 'root');

/** As short as it may be, where a test is about looks that come by themselves. */
const soon = { AMBASSADOR_RESOLVE: '100ms' };
const program = fileURLToPath(new URL('./programs/backends.ts', import.meta.url));
const addresses = (count: number) => Array.from({ length: count }, (_, index) => `127.0.0.${10 + index}`);

/** A network with a name server, and backends in it on port 6379. Clients come by a Unix socket, which is in no network. */
async function scene(t: TestContext, options: DnsNamespaceOptions) {
  const namespace = await DnsNamespace.open(t, options);
  const child = namespace.spawn(process.execPath, [program, '6379'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  const backends = async (...listening: readonly string[]) => {
    const done = once(child, 'message');
    child.send([...listening]);
    await done;
  };
  const path = join(temporaryFolder(t), 'listen');
  /** A new client, and the address that it was led to. */
  const client = async () => {
    const peer = await dial(t, { path });
    return { peer, at: await greeting(peer) };
  };
  return { namespace, backends, path, client, route: (rest: string) => `unix:${path}=${rest}` };
}

/** The address that a backend says first. @throws Error where the client is turned away */
async function greeting(peer: Peer): Promise<string> {
  await until('the backend greets', () => {
    if (peer.ended !== undefined) throw new Error(`the client is turned away: ${peer.ended}`);
    return peer.received.includes('\n');
  });
  return peer.received.toString().trimEnd();
}

/** Asserts that both ways of a connection still carry. */
async function stays(peer: Peer): Promise<void> {
  const { bytes } = peer;
  await peer.send('still there');
  await peer.receives(bytes + 'still there'.length);
}

/** As many clients as there are addresses: each is led to another one of them, once the engine knows them. They stay. */
async function spreadOver(client: () => Promise<{ peer: Peer; at: string }>, wanted: readonly string[]): Promise<Peer[]> {
  let came: { peer: Peer; at: string }[] = [];
  await until(`clients are on ${wanted}`, async () => {
    for (const { peer } of came) peer.end();
    came = await Promise.all(wanted.map(() => client()));
    return (
      came
        .map(({ at }) => at)
        .sort()
        .join() === [...wanted].sort().join()
    );
  });
  return came.map(({ peer }) => peer);
}

onBothEngines('a name of 1 → 10 → 1 addresses: those who are there stay, those who come are on all of them', async (t, env) => {
  const { namespace, backends, client, route } = await scene(t, { zone: { redis: { a: addresses(1) } } });
  await backends(...addresses(10));
  const running = await Running.ready(t, [route('redis:6379?balance=round-robin')], { env: { ...env, ...soon }, namespace });
  const [oldest] = await spreadOver(client, addresses(1));
  await namespace.set({ redis: { a: addresses(10) } });
  await running.counts(10, 'backend_up');
  const clients = await spreadOver(client, addresses(10));
  await namespace.set({ redis: { a: addresses(1) } });
  await running.counts(1, 'backend_up');
  await spreadOver(client, addresses(1));
  for (const peer of [oldest as Peer, ...clients]) await stays(peer);
  await running.counts(12, 'active_connections');
  assert.equal(await running.sum('ended_total'), 0);
});

onBothEngines('a name that is gone, and a name server that is: the last addresses stay in use', async (t, env) => {
  const { namespace, backends, client, route } = await scene(t, { zone: { redis: { a: addresses(2) } } });
  await backends(...addresses(3));
  const running = await Running.ready(t, [route('redis:6379?balance=round-robin')], { env: { ...env, ...soon }, namespace });
  let failed = await running.sum('lookups_failed_total');
  for (const fails of ['NXDOMAIN', 'SERVFAIL', 'silent'] as const) {
    await namespace.set({ redis: { fails } });
    await until(`${fails} is met`, async () => (await running.sum('lookups_failed_total')) > failed);
    await spreadOver(client, addresses(2));
    assert.equal((await running.ask('GET', '/readyz')).code, 200);
    await namespace.set({ redis: { a: addresses(2) } });
    await running.answers('/status', ({ body }) => JSON.parse(body).names[0].problem === undefined);
    failed = await running.sum('lookups_failed_total');
  }
  await namespace.set({ redis: { a: addresses(3) } });
  await running.counts(3, 'backend_up');
  await spreadOver(client, addresses(3));
});

onBothEngines('a failed connection has the name looked up at once, and the client gets the new address', async (t, env) => {
  const [one, other] = ['127.0.0.10', '127.0.0.11'];
  const { namespace, backends, client, route, path } = await scene(t, { zone: { redis: { a: [one] }, clock: { a: [one] } } });
  await backends(one);
  const routes = [route('redis:6379?hold=60s&eject=off'), `unix:${path}-2=clock:6379`];
  await Running.ready(t, routes, { env: { ...env, AMBASSADOR_RESOLVE: '5s' }, namespace });
  // looked at as often as the other one, but for failures
  const extra = async () => {
    const { 'redis a': redis = 0, 'clock a': clock = 0 } = await namespace.queries();
    return redis - clock;
  };
  const before = await extra();
  const moves = 6;
  for (let move = 0; move < moves; move += 1) {
    const address = move % 2 === 0 ? other : one;
    await backends(address);
    await namespace.set({ redis: { a: [address] }, clock: { a: [address] } });
    const { at } = await client();
    assert.equal(at, address);
  }
  const looks = (await extra()) - before;
  assert.ok(looks >= moves - 1, `${looks} looks more, at ${moves} moves`);
});

onBothEngines('a service (SRV): each of its targets at its own port, those of the lowest priority alone', async (t, env) => {
  const hosts = { 'a.one.test': { a: ['127.0.0.10'] }, 'b.one.test': { a: ['127.0.0.11', '127.0.0.12'] } };
  const [a, b] = [
    { name: 'a.one.test', port: 6379 },
    { name: 'b.one.test', port: 6379 },
  ];
  const zone = (...srv: readonly { name: string; port: number; priority?: number }[]) => ({
    ...hosts,
    '_redis._tcp.one.test': { srv },
  });
  const { namespace, backends, client, route } = await scene(t, { zone: zone(a, b) });
  await backends(...addresses(3));
  const words = [route('srv:_redis._tcp.one.test?balance=round-robin')];
  const running = await Running.ready(t, words, { env: { ...env, ...soon }, namespace });
  await running.counts(3, 'backend_up');
  const clients = await spreadOver(client, addresses(3));
  await namespace.set(zone({ ...a, priority: 10 }, { ...b, priority: 20 }));
  await running.counts(1, 'backend_up');
  await spreadOver(client, ['127.0.0.10']);
  for (const peer of clients) await stays(peer);
  await namespace.set(zone({ ...a, priority: 10 }, { name: b.name, port: 6380, priority: 5 }));
  await running.counts(2, 'backend_up');
  const { routes } = await running.status();
  const up = routes[0]?.backends.filter(({ state }) => state === 'up').map(({ backend }) => backend);
  assert.deepEqual(up?.sort(), ['127.0.0.11:6380', '127.0.0.12:6380']);
});

onBothEngines('a short name is found by the search list', async (t, env) => {
  const zone = {
    'redis.shop.svc.test': { a: ['127.0.0.10'] },
    '_redis._tcp.shop.svc.test': { srv: [{ name: 'redis.shop.svc.test', port: 6379 }] },
  };
  const resolvConf = 'search shop.svc.test svc.test\noptions ndots:5';
  const { namespace, backends, path, client, route } = await scene(t, { zone, resolvConf });
  await backends('127.0.0.10');
  const routes = [route('redis:6379'), `unix:${path}-srv=srv:_redis._tcp`];
  await Running.ready(t, routes, { env, namespace });
  assert.equal((await client()).at, '127.0.0.10');
  assert.equal(await greeting(await dial(t, { path: `${path}-srv` })), '127.0.0.10');
});

onBothEngines('a name that is not there at the start: up, not ready, and clients are held until it is', async (t, env) => {
  const { namespace, backends, path, client, route } = await scene(t, {});
  await backends('127.0.0.10');
  const routes = [route('redis:6379?hold=60s'), `unix:${path}-impatient=redis:6379`];
  const running = await Running.start(t, routes, { env: { ...env, ...soon }, namespace });
  const told = `[-] route unix:${path} starting: it has no backends: redis: `;
  await running.answers('/readyz', ({ code, body }) => code === 503 && body.includes(told) && body.includes('ENOTFOUND'));
  assert.equal((await running.ask('GET', '/livez')).code, 200);
  const early = client();
  const held = { route: `unix:${path}` };
  await running.counts(1, 'waiting', held);
  const impatient = await dial(t, { path: `${path}-impatient` });
  assert.notEqual(await impatient.ending, 'closed by this side');
  await running.counts(1, 'refused_clients_total', { reason: 'no_backend' });
  assert.equal(await running.sum('waiting'), 1);
  await namespace.set({ redis: { a: ['127.0.0.10'] } });
  assert.equal((await early).at, '127.0.0.10');
  await running.becomesReady();
  assert.equal(await running.sum('waited_total'), 1);
  assert.equal(await greeting(await dial(t, { path: `${path}-impatient` })), '127.0.0.10');
});

onBothEngines(
  'names that lead back to their own routes, directly or through another: left out and told, until they are others',
  async (t, env) => {
    const zone = { vm: { a: ['127.0.0.1'] } };
    const { namespace, backends, client, route } = await scene(t, { zone });
    await backends('127.0.0.10');
    const own = ['127.0.0.1:6379=vm:6379?name=own', '127.0.0.1:7000=vm:7001?name=to', '127.0.0.1:7001=vm:7000?name=fro'];
    const words = [...own, route('127.0.0.1:6379?name=door')];
    const checking = startWithin(namespace, { ...env, AMBASSADOR_ADMIN: 'off' }, ['--check', ...words]);
    const checked = await checking.ended;
    assert.equal(checked.code, 1);
    for (const name of ['own', 'to', 'fro'])
      assert.match(checked.stdout, new RegExp(`^FAIL {2}route ${name}: 127.*leads back`, 'm'));
    const running = await Running.start(t, words, { env: { ...env, ...soon }, namespace });
    const told = (name: string, port: number) =>
      `route ${name} starting: it has no backends: 127.0.0.1:${port} leads back to the route itself`;
    const all = [told('own', 6379), told('to', 7001), told('fro', 7000)];
    await running.answers('/readyz', ({ body }) => all.every((text) => body.includes(text)));
    await assert.rejects(client(), /turned away/);
    assert.equal(
      await running.sum('refused_clients_total', { route: 'own', reason: 'no_backend' }),
      await running.sum('accepted_total', { route: 'own' }),
    );
    assert.equal(await running.sum('connections_total', { route: 'own' }), 0);
    await running.sidecar.says('127.0.0.1:7001 is left out: it leads back to the route itself');
    await namespace.set({ vm: { a: ['127.0.0.10', '127.0.0.1'] } });
    await until('clients are served', () =>
      client().then(
        ({ at }) => at === '127.0.0.10',
        () => false,
      ),
    );
    await namespace.set({ vm: { a: ['127.0.0.10'] } });
    await running.counts(1, 'backend_up', { route: 'to' });
  },
);
