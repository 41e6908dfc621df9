// TLS towards backends, and two ambassadors as a tunnel.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { acceptSummed, dialSummed, sendSummed } from '#harness/checksum.ts';
import { freePort } from '#harness/free-port.ts';
import { dial } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { pem } from '../tls/scene.ts';
import { Running, within } from './running.ts';

/** A backend that speaks TLS and says its name. @returns its address. */
async function backend(t: TestContext, name: string, files: CertificateFiles, options: TlsOptions = {}): Promise<string> {
  const server = createServer({ ...pem(files), ...options }, (socket) => void socket.on('error', () => {}).end(name));
  server.on('tlsClientError', () => {});
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  atEnd(t, () => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a client gets that speaks no TLS. */
async function greeting(t: TestContext, port: number): Promise<string> {
  const client = await dial(t, port);
  client.end();
  const ending = await client.ending;
  return ending === 'FIN' ? client.received.toString() : ending;
}

describe('a backend that proves another name, or by another authority', () => {
  for (const [what, issue] of [
    ['the wrong name', (_: TestContext, known: Authority) => known.issue('wrong', { hosts: ['other.example'] })],
    ['a foreign authority', (t: TestContext) => new Authority(t, 'foreign').issue('db', { hosts: ['db.example'] })],
    ['an expired certificate', (_: TestContext, known: Authority) => known.issueExpired('db', { hosts: ['db.example'] })],
  ] as const)
    test(`${what}: clients get the next backend, and it is counted`, within('openssl'), async (t) => {
      const authority = new Authority(t);
      const good = await backend(t, 'good', authority.issue('db', { hosts: ['db.example'] }));
      const bad = await backend(t, 'bad', issue(t, authority));
      const port = await freePort();
      const options = `tls-out&tls-out-ca=${authority.ca}&tls-out-name=db.example&eject=off&balance=round-robin`;
      const running = await Running.ready(t, [`${port}=${bad},${good}?${options}`]);
      for (let client = 0; client < 4; client += 1) assert.equal(await greeting(t, port), 'good');
      const failures = await running.sum('connect_failures_total', { backend: bad, reason: 'tls_failed' });
      assert.ok(failures >= 1);
      assert.equal(await running.sum('connect_failures_total'), failures);
      assert.equal(await running.sum('retries_total'), failures);
      assert.equal(await running.sum('connections_total', { backend: bad }), 0);
      const told = running.sidecar.log.filter(({ msg }) => String(msg).startsWith('the TLS of a backend fails'));
      assert.deepEqual(
        told.map(({ route, backend }) => [route, backend]),
        [[String(port), bad]],
      );
    });
});

test('the name that is asked for and proved is that of the target', within('openssl'), async (t) => {
  const authority = new Authority(t);
  const asked: string[] = [];
  const sni = {
    SNICallback: (name: string, done: (error: null) => void) => {
      asked.push(name);
      done(null);
    },
  };
  const address = await backend(t, 'by name', authority.issue('localhost', { hosts: ['localhost'] }), sni);
  const [, tcpPort] = address.split(':');
  const port = await freePort();
  await Running.ready(t, [`${port}=localhost:${tcpPort}?family=4&tls-out&tls-out-ca=${authority.ca}`]);
  assert.equal(await greeting(t, port), 'by name');
  assert.deepEqual(new Set(asked), new Set(['localhost']));
});

test(
  'with TLS on one side and the other, two ambassadors are a tunnel: 20 MB each way, half-closed',
  within('openssl'),
  async (t) => {
    const [servers, clients] = [new Authority(t, 'servers'), new Authority(t, 'clients')];
    const [near, far] = [await freePort(), await freePort()];
    const end = createTcpServer({ allowHalfOpen: true, pauseOnConnect: true });
    end.listen({ host: '127.0.0.1', port: 0 });
    await once(end, 'listening');
    atEnd(t, () => end.close());
    const came: Socket[] = [];
    end.on('connection', (accepted) => came.push(accepted));
    const server = servers.issue('far', { hosts: ['far.example'] });
    const client = clients.issue('near', { use: 'client' });
    const exit = `${far}=127.0.0.1:${(end.address() as AddressInfo).port}?tls-cert=${server.cert}&tls-key=${server.key}&tls-client-ca=${clients.ca}`;
    const entry = `${near}=127.0.0.1:${far}?tls-out&tls-out-ca=${servers.ca}&tls-out-name=far.example&tls-out-cert=${client.cert}&tls-out-key=${client.key}`;
    const [second, first] = [await Running.ready(t, [exit]), await Running.ready(t, [entry])];
    // one of each looked whether it is there
    await until('both have looked', () => came.length === 2);
    for (const visitor of came.splice(0)) visitor.destroy();
    await second.counts(1, 'accepted_total');
    await second.counts(0, 'clients');
    const before = await second.sum('ended_total');

    const size = 20_000_000;
    const { socket, reader } = dialSummed(near, 65_536);
    atEnd(t, () => socket.destroy());
    const sent = sendSummed(socket, size, 1);
    await until('the client came through', () => came.length > 0);
    const arrived = acceptSummed(came[0] as Socket, 65_536);
    atEnd(t, () => arrived.socket.destroy());
    // the whole answer goes when the other way is finished
    assert.deepEqual(await arrived.reader.sum, await sent);
    assert.equal((await sent).bytes, size);
    assert.deepEqual(await sendSummed(arrived.socket, size, 2), await reader.sum);
    assert.equal((await reader.sum).bytes, size);
    for (const running of [first, second]) {
      assert.equal(await running.untroubled(), running === first ? 1 : 2);
      assert.equal(await running.sum('ended_total'), running === first ? 0 : before);
      for (const direction of ['up', 'down']) assert.equal(await running.sum('bytes_total', { direction }), size);
    }

    const stranger = await dial(t, far);
    await stranger.send('let me in\r\n');
    assert.notEqual(await stranger.ending, 'closed by this side');
    await second.counts(1, 'refused_clients_total', { reason: 'tls_failed' });
  },
);
