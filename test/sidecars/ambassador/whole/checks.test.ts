// Which backends get connections: by checks, and by what clients meet.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { freePort } from '#harness/free-port.ts';
import { says, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { pem } from '../tls/scene.ts';
import { onBothEngines, Running } from './running.ts';

/** What one client gets until the other side ends, after it said this; or how it was ended instead. */
async function answer(port: number, said = ''): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  const { promise, resolve } = Promise.withResolvers<string>();
  let got = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    got += text;
  });
  socket.on('end', () => resolve(got)).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  socket.end(said);
  return promise;
}

/** Waits until so many clients in a row all get one of these answers, and each of those is among them. */
async function served(port: number, ...wanted: readonly string[]): Promise<void> {
  await until(`clients get ${wanted}`, async () => {
    const answers = new Set<string>();
    for (let client = 0; client < 4 * wanted.length; client += 1) answers.add(await answer(port));
    return [...answers].sort().join() === [...wanted].sort().join();
  });
}

const quick = 'check-interval=50ms&rise=2&fall=3&balance=round-robin';

onBothEngines(
  'checks by TCP: one that is away gets nobody from before a client meets it, and somebody once it is back',
  async (t, env) => {
    const [a, b] = [await TcpServer.listen(t, says('a')), await TcpServer.listen(t, says('b'))];
    const port = await freePort();
    const running = await Running.ready(t, [`${port}=${a.address},${b.address}?check=tcp&${quick}`], { env });
    await running.counts(2, 'backend_up');
    await served(port, 'a', 'b');
    await a.close();
    await running.counts(0, 'backend_up', { backend: a.address });
    await served(port, 'b');
    const { routes } = await running.status();
    const down = routes[0]?.backends.find(({ backend }) => backend === a.address);
    assert.equal(down?.state, 'down');
    assert.match(down?.reason ?? '', /refused/);
    await a.open();
    await running.counts(2, 'backend_up');
    await served(port, 'a', 'b');
    assert.equal(await running.untroubled(), await running.sum('accepted_total'));
  },
);

/** A web server whose status may be changed, and who asked it for what. */
async function web(t: TestContext, name: string) {
  const server = { status: 200, address: '', asked: [] as string[] };
  const listening = createWebServer((request, response) => {
    server.asked.push(`${request.method} ${request.url}`);
    response.writeHead(server.status, { connection: 'close' }).end(name);
  });
  listening.listen({ host: '127.0.0.1', port: 0 });
  await once(listening, 'listening');
  atEnd(t, () => {
    listening.close();
    listening.closeAllConnections();
  });
  server.address = `127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return server;
}

onBothEngines('checks by HTTP: out after `fall` answers of 503, back after `rise` of 200, and clients follow', async (t, env) => {
  const [a, b] = [await web(t, 'a'), await web(t, 'b')];
  const port = await freePort();
  const running = await Running.ready(t, [`${port}=${a.address},${b.address}?check=http:/health%3Fdeep&${quick}`], { env });
  const isUp = async ({ address }: { address: string }) => (await running.sum('backend_up', { backend: address })) === 1;
  await running.counts(2, 'backend_up');
  const bodies = async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => answer(port, 'GET / HTTP/1.0\r\n\r\n')));
    return [...new Set(all.map((text) => `${text.slice(9, 12)} ${text.slice(-1)}`))].sort().join();
  };
  assert.equal(await bodies(), '200 a,200 b');
  assert.ok(a.asked.includes('GET /health?deep'));
  // `fall` of them at least are asked for before it is out, `rise` before it is in
  for (const [status, goesUp, least] of [
    [503, false, 3],
    [200, true, 2],
  ] as const) {
    a.asked.length = 0;
    a.status = status;
    await until(`it is ${goesUp ? 'in' : 'out'}`, async () => (await isUp(a)) === goesUp);
    assert.ok(a.asked.length >= least, `${a.asked.length} checks`);
    assert.equal(await isUp(b), true);
    const expected = goesUp ? '200 a,200 b' : '200 b';
    await until(`clients get ${expected}`, async () => (await bodies()) === expected);
  }
  await running.untroubled();
});

onBothEngines(
  'checks by TLS: a backend that speaks something else, or has no certificate, is not used',
  async (t, env) => {
    const authority = new Authority(t);
    const server = createTlsServer(pem(authority.issue('backend')), (socket) => void socket.end('secure'));
    server.listen({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    atEnd(t, () => server.close());
    const { port: secure } = server.address() as AddressInfo;
    const plain = await TcpServer.listen(t, says('-ERR plain\r\n'));
    const port = await freePort();
    const route = `${port}=127.0.0.1:${secure},${plain.address}?check=tls&tls-out-ca=${authority.ca}&${quick}`;
    const running = await Running.ready(t, [route], { env });
    await running.answers('/status', ({ body }) => JSON.parse(body).routes[0].backends[1].state === 'down');
    assert.equal(await running.sum('backend_up', { backend: `127.0.0.1:${secure}` }), 1);
    // clients speak TLS themselves: this one does not, and is told so by the backend that does
    for (let client = 0; client < 4; client += 1) assert.doesNotMatch(await answer(port, 'plain\r\n'), /ERR/);
    assert.equal(await running.sum('connections_total', { backend: plain.address }), 0);
  },
  'openssl',
);

onBothEngines('ejection: for longer each time, and nobody is lost', async (t, env) => {
  const [a, b] = [await TcpServer.listen(t, says('a')), await TcpServer.listen(t, says('b'))];
  const port = await freePort();
  const options = 'balance=round-robin&eject=1&eject-time=50ms&eject-max=200ms';
  const running = await Running.ready(t, [`${port}=${a.address},${b.address}?${options}`], { env });
  await served(port, 'a', 'b');
  await a.close();
  const ejections = () => running.sidecar.log.filter(({ msg }) => String(msg).includes('left out')).map(({ ms }) => ms);
  await until('it is left out five times', async () => {
    assert.equal(await answer(port), 'b');
    return ejections().length >= 5;
  });
  assert.deepEqual(ejections().slice(0, 5), [50, 100, 200, 200, 200]);
  await a.open();
  await served(port, 'a', 'b');
  assert.equal(await running.sum('ejections_total', { backend: a.address }), ejections().length);
  assert.equal(await running.sum('ejections_total', { backend: b.address }), 0);
  assert.equal(await running.sum('refused_clients_total'), 0);
});

onBothEngines(
  'ejection: where all fail, none is left out for long, and the first that is back serves at once',
  async (t, env) => {
    const servers = [
      await TcpServer.listen(t, says('a')),
      await TcpServer.listen(t, says('b')),
      await TcpServer.listen(t, says('c')),
    ];
    const [a] = servers as [TcpServer];
    const port = await freePort();
    const route = `${port}=${servers.map(({ address }) => address)}?eject=1&eject-time=5m&eject-max=5m`;
    const running = await Running.ready(t, [route], { env });
    for (const server of servers) await server.close();
    for (let client = 0; client < 12; client += 1) assert.equal(await answer(port), 'ECONNRESET');
    assert.ok((await running.sum('backend_up')) >= 1);
    assert.equal(await running.sum('refused_clients_total', { reason: 'no_backend' }), 12);
    await a.open();
    // an ejection would last five minutes
    await served(port, 'a');
  },
);

onBothEngines(
  'backends that flap: as long as one is there, every client is served but those that a backend itself resets',
  async (t, env) => {
    const [a, b] = [await TcpServer.listen(t, says('a')), await TcpServer.listen(t, says('b'))];
    const port = await freePort();
    const running = await Running.ready(
      t,
      [`${port}=${a.address},${b.address}?eject=1&eject-time=10ms&eject-max=20ms&hold=30s`],
      {
        env,
      },
    );
    const answers: string[] = [];
    let isOver = false;
    const clients = Array.from({ length: 4 }, async () => {
      while (!isOver) answers.push(await answer(port));
    });
    for (let turn = 0; turn < 12; turn += 1) {
      const server = turn % 2 === 0 ? a : b;
      await server.close();
      const before = answers.length;
      await until('clients come and go', () => answers.length >= before + 20);
      await server.open();
    }
    isOver = true;
    await Promise.all(clients);
    await running.counts(0, 'clients');
    const lost = answers.filter((text) => text !== 'a' && text !== 'b');
    // the system resets those whom a server has not accepted yet when it goes
    assert.equal(lost.length, await running.sum('ended_total', { reason: 'reset_by_backend' }), lost.join());
    assert.ok(lost.length < answers.length / 10, `${lost.length} of ${answers.length}`);
    assert.equal(await running.sum('refused_clients_total'), 0);
    assert.ok((await running.sum('retries_total')) > 0);
  },
);
