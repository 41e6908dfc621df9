// Other routes while it runs: whoever is there stays, whoever comes is served, and a mistake changes nothing.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { dial, says, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import type { Ambassador } from './ambassador.ts';
import { onBothEngines, type Start } from './both.ts';
import { Load } from './load.ts';

/** An ambassador whose routes are in a file, and a way to write others. */
async function withFile(t: TestContext, start: Start, ...routes: readonly string[]) {
  const file = join(temporaryFolder(t), 'routes');
  // as an editor does that is careful: nobody sees half a file
  const put = (lines: readonly string[]) => {
    writeFileSync(`${file}.new`, lines.map((line) => `${line}\n`).join(''));
    renameSync(`${file}.new`, file);
  };
  put(routes);
  const ambassador = await start({ env: { AMBASSADOR_ROUTES_FILE: file } });
  /** Writes the routes and waits until they are taken, or found wrong. */
  const write = async (...lines: readonly string[]) => {
    const reloads = async () => (await ambassador.metrics()).sum('sidekick_ambassador_reloads_total');
    const before = await reloads();
    put(lines);
    await until('the file was read again', async () => (await reloads()) > before);
  };
  return { ambassador, write, put };
}

/** What a client of that port gets that sends nothing. */
async function greeting(t: TestContext, port: number): Promise<string> {
  const client = await dial(t, port);
  client.end();
  const ending = await client.ending;
  return ending === 'FIN' ? client.received.toString() : ending;
}

async function isRefused(t: TestContext, port: number): Promise<boolean> {
  return dial(t, port).then(
    () => false,
    ({ code }) => code === 'ECONNREFUSED',
  );
}

async function results(ambassador: Ambassador): Promise<{ ok: number; failed: number; valid: number }> {
  const metrics = await ambassador.metrics();
  const reloads = (result: string) => metrics.sum('sidekick_ambassador_reloads_total', { result });
  return { ok: reloads('ok'), failed: reloads('failed'), valid: metrics.sum('sidekick_ambassador_config_valid') };
}

onBothEngines('a bad reload changes nothing, is told, and is over with the next good one', async (t, start) => {
  const backend = await TcpServer.listen(t, says('as before'));
  const port = await freePort();
  const { ambassador, write } = await withFile(t, start, `${port}=${backend.address}`);
  await write(`${port}=${backend.address}?balance=nonsense`, 'and = more = nonsense');
  assert.equal(await greeting(t, port), 'as before');
  const { ok, failed, valid } = await results(ambassador);
  assert.deepEqual({ ok, valid }, { ok: 0, valid: 0 });
  assert.ok(failed >= 1);
  await ambassador.process.says('balance');
  const next = await TcpServer.listen(t, says('as written'));
  await write(`${port}=${next.address}`);
  assert.equal(await greeting(t, port), 'as written');
  assert.equal((await results(ambassador)).valid, 1);
});

onBothEngines('a port that is taken by another: the other routes stay as they were', async (t, start) => {
  const backend = await TcpServer.listen(t, says('as before'));
  const port = await freePort();
  const { ambassador, write } = await withFile(t, start, `${port}=${backend.address}`);
  await write(`${port}=${backend.address}`, `127.0.0.1:${backend.port}=127.0.0.1:1`);
  assert.equal(await greeting(t, port), 'as before');
  assert.equal((await results(ambassador)).valid, 0);
});

onBothEngines('a wider address that is taken in part: the narrower route stays', async (t, start) => {
  const backend = await TcpServer.listen(t, says('as before'));
  const [port, other, free] = [await freePort(), await freePort(), await freePort()];
  const routes = [`127.0.0.1:${port}=${backend.address}`, `127.0.0.1:${other}=${backend.address}`];
  const { ambassador, write } = await withFile(t, start, ...routes);
  const holder = await TcpServer.listen(t, silent, { host: '127.0.0.2', port });
  // the other two of them could be served: all of the file is taken, or nothing
  const wider = [port, other, free].map((one) => `${one}=${backend.address}`);
  await write(...wider);
  assert.equal((await results(ambassador)).valid, 0);
  for (const one of [port, other]) assert.equal(await greeting(t, one), 'as before');
  assert.ok(await isRefused(t, free));
  await assert.rejects(dial(t, { host: '127.0.0.3', port: other }), { code: 'ECONNREFUSED' });
  await ambassador.ready();
  await ambassador.counts(2, 'connections_total');
  await holder.close();
  ambassador.process.child.kill('SIGHUP');
  await until('the wider route is there', async () => (await results(ambassador)).valid === 1);
  const client = await dial(t, { host: '127.0.0.2', port });
  client.end();
  assert.equal(await client.ending, 'FIN');
});

onBothEngines('routes are added and removed; a connection of a route that is gone goes on', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const [kept, removed, added] = [await freePort(), await freePort(), await freePort()];
  const { write } = await withFile(t, start, `${kept}=${backend.address}`, `${removed}=${backend.address}`);
  const client = await dial(t, removed);
  await client.send('before, ');
  await client.receives(8);
  await write(`${kept}=${backend.address}`, `${added}=${backend.address}`);
  assert.ok(await isRefused(t, removed));
  const other = await dial(t, added);
  other.socket.end('new');
  assert.equal(await other.ending, 'FIN');
  client.socket.end('after');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'before, after');
});

onBothEngines('other backends: live connections stay where they are, new ones follow', async (t, start) => {
  const [old, fresh] = [await TcpServer.listen(t), await TcpServer.listen(t)];
  const port = await freePort();
  const { ambassador, write } = await withFile(t, start, `${port}=${old.address}?name=moved`);
  const client = await dial(t, port);
  await client.send('before, ');
  await client.receives(8);
  await write(`${port}=${fresh.address}?name=moved`);
  const next = await dial(t, port);
  next.socket.end('new');
  assert.equal(await next.ending, 'FIN');
  client.socket.end('after');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'before, after');
  assert.deepEqual([old.peers.length, fresh.peers.length], [1, 1]);
  // what was counted of a backend that is gone is not forgotten
  await ambassador.counts(13, 'bytes_total', { route: 'moved', backend: old.address, direction: 'up' });
  await ambassador.counts(3, 'bytes_total', { route: 'moved', backend: fresh.address, direction: 'up' });
});

onBothEngines('SIGHUP reads the file again', async (t, start) => {
  const [old, fresh] = [await TcpServer.listen(t, says('old')), await TcpServer.listen(t, says('new'))];
  const port = await freePort();
  const { ambassador, put } = await withFile(t, start, `${port}=${old.address}`);
  assert.equal(await greeting(t, port), 'old');
  put([`${port}=${fresh.address}`]);
  ambassador.process.child.kill('SIGHUP');
  await until('it is the new backend', async () => (await greeting(t, port)) === 'new');
});

onBothEngines('SIGHUP while streams finish ends none of them, and reads nothing', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await start({ to: backend.address, env: { SIDEKICK_GRACE: '60s' } });
  const client = await dial(t, ambassador.port);
  await client.send('before, ');
  await client.receives(8);
  const { child } = ambassador.process;
  child.kill('SIGTERM');
  await until('it is not ready', async () => (await ambassador.ask('/readyz')).status === 503);
  child.kill('SIGHUP');
  // an answer after the signal: it lives
  const { ok, failed } = await results(ambassador);
  client.socket.end('after');
  assert.equal(await client.ending, 'FIN');
  assert.equal(client.received.toString(), 'before, after');
  const { code, signal } = await ambassador.process.ended;
  assert.deepEqual({ code, signal, ok, failed }, { code: 0, signal: null, ok: 0, failed: 0 });
});

onBothEngines('a ConfigMap: a link to a folder that is swapped', async (t, start) => {
  const [old, fresh] = [await TcpServer.listen(t, says('old')), await TcpServer.listen(t, says('new'))];
  const folder = temporaryFolder(t);
  const port = await freePort();
  const publish = (version: string, line: string) => {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'routes'), `${line}\n`);
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  publish('..1', `${port}=${old.address}`);
  symlinkSync('..data/routes', join(folder, 'routes'));
  await start({ env: { AMBASSADOR_ROUTES_FILE: join(folder, 'routes') } });
  assert.equal(await greeting(t, port), 'old');
  publish('..2', `${port}=${fresh.address}`);
  await until('it is the new backend', async () => (await greeting(t, port)) === 'new');
});

onBothEngines('reloads under load: nobody is lost', async (t, start) => {
  const backends = [await TcpServer.listen(t), await TcpServer.listen(t)];
  const [port, other] = [await freePort(), await freePort()];
  const both = backends.map(({ address }) => address).join();
  const { ambassador, write } = await withFile(t, start, `${port}=${both}`);
  const load = new Load(t, port);
  for (let round = 0; round < 4; round += 1) {
    await load.more(100);
    await write(`${port}=${both}?balance=round-robin&idle=${round + 60}s`);
    await load.more(100);
    await write(`${port}=${both}?balance=random`, `${other}=${both}`);
    await load.more(100);
    ambassador.process.child.kill('SIGHUP');
    await load.more(100);
    await write(`${port}=${backends[round % 2]?.address}`);
    await load.more(100);
    await write(`127.0.0.1:${other}=${both}`, `${port}=${both}`);
  }
  await load.more(100);
  await load.stop();
  t.diagnostic(`${load.served} clients were served`);
  assert.deepEqual(load.failed, {});
});

onBothEngines('a route that needs the net engine after a reload, and no more after another: nobody is lost', async (t, start) => {
  const backend = await TcpServer.listen(t);
  const port = await freePort();
  const { ambassador, write } = await withFile(t, start, `${port}=${backend.address}?name=moving`);
  const header = 'PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\n';
  const load = new Load(t, port, 8, `${header}a message`, [`${header}a message`, 'a message']);
  const stays = await dial(t, port);
  await stays.send('before, ');
  await stays.receives(8);
  for (let round = 0; round < 5; round += 1) {
    await load.more(150);
    await write(`${port}=${backend.address}?name=moving&proxy-in=on`);
    await ambassador.counts(1, 'engine_info', { route: 'moving', engine: 'net' });
    await load.more(150);
    await write(`${port}=${backend.address}?name=moving`);
  }
  await load.more(150);
  await load.stop();
  stays.socket.end('after');
  assert.equal(await stays.ending, 'FIN');
  assert.equal(stays.received.toString(), 'before, after');
  t.diagnostic(`${load.served} clients were served`);
  assert.deepEqual(load.failed, {});
});
