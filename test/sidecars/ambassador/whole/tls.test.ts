// TLS that ends at the ambassador, or passes through it: certificates by name, and clients that have to prove who they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { createServer } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { freePort } from '#harness/free-port.ts';
import { dial, echo, says, TcpServer } from '#harness/tcp.ts';
import { pem } from '../tls/scene.ts';
import { Running, within } from './running.ts';
import { SecureClient } from './secure.ts';
import { runTool } from './tool.ts';

/** The options of a route that ends TLS with this certificate. */
const ends = ({ cert, key }: CertificateFiles) => `tls-cert=${cert}&tls-key=${key}`;

/** A server that speaks TLS itself and says a word. @returns its address. */
async function secureServer(t: TestContext, files: CertificateFiles, word: string): Promise<string> {
  const server = createServer(pem(files), (socket) => void socket.on('error', () => {}).end(word));
  server.on('tlsClientError', () => {});
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  atEnd(t, () => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** One LISTEN: shop.example and *.blog.example end here, secure.example passes through, and whatever else goes elsewhere. */
async function sites(t: TestContext, engine: string) {
  const authority = new Authority(t);
  const issue = (host: string) => authority.issue(host.replace('*', 'any'), { hosts: [host] });
  const [shop, blog] = [await TcpServer.listen(t, says('shop')), await TcpServer.listen(t, says('blog'))];
  const through = await secureServer(t, issue('secure.example'), 'secure');
  const rest = await secureServer(t, issue('rest.example'), 'rest');
  const [port, plain] = [await freePort(), await freePort()];
  const words = [
    `${port}=${shop.address}?name=shop&sni=shop.example&${ends(issue('shop.example'))}`,
    `${port}=${blog.address}?name=blog&sni=*.blog.example&${ends(issue('*.blog.example'))}`,
    `${port}=${through}?name=secure&sni=secure.example`,
    `${port}=${rest}?name=rest`,
    `${plain}=${shop.address}?name=plain`,
  ];
  const running = await Running.ready(t, words, { env: { AMBASSADOR_ENGINE: engine } });
  return { authority, port, plain, running };
}

const expected = [
  ['shop.example', 'shop', 'shop.example'],
  ['a.blog.example', 'blog', 'any.blog.example'],
  ['secure.example', 'secure', 'secure.example'],
  ['rest.example', 'rest', 'rest.example'],
] as const;

describe('several routes on one LISTEN', () => {
  for (const engine of ['net', 'splice'])
    test(`each with its certificate, by the name that a client asks for (${engine})`, within('openssl'), async (t) => {
      const { authority, port, plain, running } = await sites(t, engine);
      for (const [servername, word, subject] of expected) {
        const client = new SecureClient(t, { port, ca: authority.ca, servername });
        assert.equal(await client.ending(), 'FIN');
        assert.equal(client.text, word);
        assert.equal(client.subject, subject);
        client.socket.end();
        assert.equal(await running.sum('accepted_total', { route: word }), 1);
      }
      const { routes } = await running.status();
      const engines = Object.fromEntries(routes.map((route) => [route.name, route.engine]));
      assert.deepEqual(engines, { shop: 'net', blog: 'net', secure: 'net', rest: 'net', plain: engine });
      const client = await dial(t, plain);
      client.end();
      assert.equal(await client.ending, 'FIN');
      assert.equal(client.received.toString(), 'shop');
      assert.equal(await running.untroubled(), expected.length + 1);
    });

  test('with openssl s_client', within('openssl'), async (t) => {
    const { authority, port } = await sites(t, 'auto');
    for (const [servername, word] of expected) {
      const wanted = ['-servername', servername, '-verify_hostname', servername, '-verify_return_error', '-CAfile', authority.ca];
      const said = await runTool(t, 'openssl', 's_client', '-quiet', '-connect', `127.0.0.1:${port}`, ...wanted);
      assert.equal(said, word);
    }
  });
});

test('a client that speaks no TLS, or trusts somebody else, is counted and takes no backend', within('openssl'), async (t) => {
  const [authority, foreign] = [new Authority(t), new Authority(t, 'foreign')];
  const backend = await TcpServer.listen(t, says('secret'));
  const port = await freePort();
  const running = await Running.ready(t, [`${port}=${backend.address}?${ends(authority.issue('here'))}`]);
  backend.forget();
  const plain = await dial(t, port);
  await plain.send('GET / HTTP/1.0\r\n\r\n');
  await plain.ending;
  await running.counts(1, 'refused_clients_total', { reason: 'tls_failed' });
  assert.doesNotMatch(plain.received.toString(), /secret/);
  const wanted = ['-CAfile', foreign.ca, '-verify_return_error', '-quiet'];
  const distrustful = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...wanted], { input: '' });
  assert.notEqual(distrustful.status, 0);
  await running.counts(2, 'refused_clients_total', { reason: 'tls_failed' });
  assert.equal(backend.peers.length, 0);
});

describe('clients that have to prove who they are', () => {
  const cases = [
    ['without a certificate', () => undefined],
    ['with an expired one', (_: TestContext, known: Authority) => known.issueExpired('late', { use: 'client' })],
    ['with one of a foreign authority', (t: TestContext) => new Authority(t, 'foreign').issue('foreign', { use: 'client' })],
    ['with one that is for servers', (_: TestContext, known: Authority) => known.issue('server', { use: 'server' })],
  ] as const;
  for (const [what, issue] of cases)
    test(`${what}: refused, counted, and no backend hears of it; a good one is carried`, within('openssl'), async (t) => {
      const [servers, clients] = [new Authority(t, 'servers'), new Authority(t, 'clients')];
      const backend = await TcpServer.listen(t, echo);
      const port = await freePort();
      const route = `${port}=${backend.address}?${ends(servers.issue('here'))}&tls-client-ca=${clients.ca}`;
      const running = await Running.ready(t, [route]);
      backend.forget();
      const own = issue(t, clients);
      const refused = new SecureClient(t, { port, ca: servers.ca, ...(own && { own }) });
      refused.socket.write('let me in');
      await refused.ending();
      await running.counts(1, 'refused_clients_total', { reason: 'tls_failed' });
      assert.equal(refused.text, '');
      assert.equal(backend.peers.length, 0);
      const told = running.sidecar.log.find(({ msg }) => msg === 'client refused');
      assert.match(String(told?.reason), /certificate/);
      assert.deepEqual([told?.level, told?.route], ['info', String(port)]);

      const good = new SecureClient(t, { port, ca: servers.ca, own: clients.issue('good', { use: 'client' }) });
      good.socket.end('let me in');
      assert.equal(await good.ending(), 'FIN');
      assert.equal(good.text, 'let me in');
      assert.equal(await running.sum('connections_total'), 1);
      assert.equal(await running.sum('refused_clients_total'), 1);
    });
});

test('when a certificate expires is a metric', within('openssl'), async (t) => {
  const authority = new Authority(t);
  const notAfter = new Date('2051-02-03T04:05:06Z');
  const [long, expired] = [authority.issue('long', { notAfter }), authority.issueExpired('expired')];
  const backend = await TcpServer.listen(t);
  const words = [
    `${await freePort()}=${backend.address}?name=long&${ends(long)}`,
    `${await freePort()}=${backend.address}?name=expired&${ends(expired)}`,
  ];
  const running = await Running.ready(t, words);
  assert.equal(await running.sum('certificate_expiry_seconds', { route: 'long' }), notAfter.getTime() / 1000);
  const { validToDate } = new X509Certificate(readFileSync(expired.cert));
  assert.equal(await running.sum('certificate_expiry_seconds', { route: 'expired' }), validToDate.getTime() / 1000);
  const warning = `the certificate in ${expired.cert} expired at`;
  await running.sidecar.says(warning);
  assert.equal(running.sidecar.log.filter(({ msg }) => String(msg).includes(warning)).length, 1);
});
