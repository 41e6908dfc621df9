import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type ConnectionOptions, connect, createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { decodePacket } from '../../../../../sidecars/netprobe/capture/decode/decode-packet.ts';
import type { Application, Tls } from '../../../../../sidecars/netprobe/capture/decode/packet.ts';
import { ethernetOf, frameOf, tcp } from '../frames.ts';
import { connectionFrames, Recorder } from './recorded.ts';
import { tsharkFields } from './tshark.ts';

const httpFields = ['method', 'uri', 'version'].map((field) => `http.request.${field}` as const);
const answerFields = ['version', 'code', 'phrase'].map((field) => `http.response.${field}` as const);

test(
  'requests and responses of HTTP are what tshark tells, and nothing behind them is taken for such',
  needs('tshark'),
  async (t) => {
    const server = createServer((asked, answer) => {
      asked.resume();
      if (asked.url === '/missing') answer.writeHead(404).end('no such thing');
      else if (asked.url === '/reason') answer.writeHead(200, 'Fine, and "well"').end();
      else answer.end('GET / HTTP/1.1\r\n'.repeat(500));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    atEnd(t, () => server.close());
    const recorder = await Recorder.before(t, (server.address() as AddressInfo).port);
    await ask(recorder.port, 'GET', '/a/path?x=1&y=%20');
    await ask(recorder.port, 'POST', '/', 'x'.repeat(20_000));
    await ask(recorder.port, 'HEAD', '/missing');
    await ask(recorder.port, 'DELETE', '/reason');
    const frames = recorder.connections.flatMap((parts, index) => connectionFrames(parts, 80, 40_000 + index));
    const told = tsharkFields(t, frames, [...httpFields, 'http.host', ...answerFields, 'http.response.version']);
    const applications = frames.map((frame) => decodePacket(frameOf(frame)).application);
    for (const [index, http] of applications.entries()) {
      const fields = told[index];
      if (http?.type === 'http-request') {
        assert.deepEqual(
          [[http.method], [http.target], [`HTTP/${http.version}`]],
          httpFields.map((field) => fields?.[field]),
        );
        assert.deepEqual(http.host, fields?.['http.host']?.[0]);
      } else if (http?.type === 'http-response')
        assert.deepEqual(
          [[`HTTP/${http.version}`], [String(http.status)], [http.reason]],
          answerFields.map((field) => fields?.[field]),
        );
      else assert.equal(http, undefined);
    }
    const requests = applications.flatMap((each) => (each?.type === 'http-request' ? [`${each.method} ${each.target}`] : []));
    assert.deepEqual(requests, ['GET /a/path?x=1&y=%20', 'POST /', 'HEAD /missing', 'DELETE /reason']);
    assert.deepEqual(
      applications.flatMap((each) => (each?.type === 'http-response' ? [`${each.status} ${each.reason}`] : [])),
      ['200 OK', '200 OK', '404 Not Found', '200 Fine, and "well"'],
    );
  },
);

test('first lines of HTTP are told as they are, and other text is none', () => {
  const lines: Readonly<Record<string, Partial<Application> | undefined>> = {
    'GET / HTTP/1.0\n\n': { type: 'http-request', method: 'GET', target: '/', version: '1.0', host: undefined },
    'GET /\u00e9\u009b HTTP/1.1\r\nX: 1\r\nhOST:  a.example \r\n\r\n': {
      type: 'http-request',
      method: 'GET',
      target: '/%C3%A9%C2%9B',
      version: '1.1',
      host: 'a.example',
    },
    'M-SEARCH * HTTP/1.1\r\nHOST: [ff02::c]:1900\r\n\r\n': {
      type: 'http-request',
      method: 'M-SEARCH',
      target: '*',
      version: '1.1',
      host: '[ff02::c]:1900',
    },
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n': { type: 'http-request', method: 'PRI', target: '*', version: '2.0', host: undefined },
    [`GET /${'x'.repeat(1400)}`]: {
      type: 'http-request',
      method: 'GET',
      target: `/${'x'.repeat(1400)}`,
      version: '',
      host: undefined,
    },
    'HTTP/1.1 204\r\n\r\n': { type: 'http-response', version: '1.1', status: 204, reason: '' },
    'HTTP/1.1 20x OK\r\n\r\n': undefined,
    'HTTP/2 200\r\n': undefined,
    'GET key\r\n': undefined,
    'GET / HTTP/1.2\r\n': undefined,
    'get / HTTP/1.1\r\n': undefined,
    'INVITE sip:a@b SIP/2.0\r\n': undefined,
    'SELECT * FROM x': undefined,
    'Host: a.example\r\n\r\n': undefined,
  };
  for (const [line, expected] of Object.entries(lines)) assert.deepEqual(applicationOf(line), expected, line.slice(0, 40));
});

const tlsFields = [
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.type',
  'tls.alert_message.desc',
] as const;

test('hellos and alerts of TLS are what tshark tells', needs('tshark', 'openssl'), async (t) => {
  const authority = new Authority(t);
  const { cert, key } = authority.issue('server');
  const own = { cert: readFileSync(cert), key: readFileSync(key), ALPNProtocols: ['h2', 'http/1.1'] };
  const trust = { ca: readFileSync(authority.ca), servername: 'localhost', checkServerIdentity: () => undefined };
  const all: Buffer[] = [];
  const both = async (server: TlsOptions, client: ConnectionOptions) => {
    const frames = await spoken(t, { ...own, ...server }, { ...trust, ...client }, 40_000 + all.length);
    all.push(...frames);
    return tlsOf(frames);
  };

  const modern = await both({}, { ALPNProtocols: ['h2', 'foo'] });
  assert.deepEqual(hello(modern, 'client hello'), { version: '1.3', serverName: 'localhost', alpn: ['h2', 'foo'] });
  assert.deepEqual(hello(modern, 'server hello'), { version: '1.3', serverName: undefined, alpn: [] });
  const modernWords = modern.map(({ message }) => message).join(', ');
  assert.match(modernWords, /^client hello, .*server hello, change cipher spec, application data/);

  const older = await both({ maxVersion: 'TLSv1.2' }, { ALPNProtocols: ['http/1.1'] });
  assert.deepEqual(hello(older, 'client hello'), { version: '1.3', serverName: 'localhost', alpn: ['http/1.1'] });
  assert.deepEqual(hello(older, 'server hello'), { version: '1.2', serverName: undefined, alpn: ['http/1.1'] });
  const olderWords = older.map(({ message }) => message).join(', ');
  assert.match(olderWords, /server hello, certificate, server key exchange, server hello done/);
  assert.match(olderWords, /client key exchange, change cipher spec, encrypted handshake/);

  const plain = await both({}, { maxVersion: 'TLSv1.2', ALPNProtocols: [] });
  assert.deepEqual(hello(plain, 'client hello'), { version: '1.2', serverName: 'localhost', alpn: [] });

  const again = await both({ ecdhCurve: 'P-384' }, { ecdhCurve: 'X25519:P-384' });
  assert.deepEqual(hello(again, 'hello retry request').version, '1.3');
  const refused = await both({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' });
  assert.equal(refused.at(-1)?.message, 'alert: protocol version');
  const nobody = await both({}, { ALPNProtocols: ['nothing'] });
  assert.ok(nobody.some(({ message }) => message.includes('alert: no application protocol')));

  const fields = tsharkFields(t, all, tlsFields);
  for (const [index, frame] of all.entries()) agree(frame, fields[index]);
});

test('a hello that is cut says what was captured of it', async (t) => {
  const whole = await clientHello(t);
  const names = Array.from(whole.keys(), (end) => applicationOf(whole.subarray(0, end)) as Tls | undefined);
  for (const [end, tls] of names.entries()) {
    assert.equal(tls === undefined, end < 5, String(end));
    assert.ok(tls?.version === undefined || tls.version === '1.3', String(end));
    assert.ok(tls?.serverName === undefined || tls.serverName === 'a.example', String(end));
  }
  assert.equal(names.at(-1)?.serverName, 'a.example');
});

function hello(all: readonly Tls[], message: string): Pick<Tls, 'version' | 'serverName' | 'alpn'> {
  const found = all.find((tls) => tls.message.startsWith(message));
  assert.ok(found !== undefined, message);
  return { version: found.version, serverName: found.serverName, alpn: found.alpn };
}

/** What two programs that speak TLS say to each other, in frames. */
async function spoken(t: TestContext, server: TlsOptions, client: ConnectionOptions, clientPort: number): Promise<Buffer[]> {
  const listening = createTlsServer(server, (socket) => {
    socket.on('error', () => {});
    socket.end('hello');
  }).listen(0, '127.0.0.1');
  listening.on('tlsClientError', () => {});
  await once(listening, 'listening');
  atEnd(t, () => listening.close());
  const recorder = await Recorder.before(t, (listening.address() as AddressInfo).port);
  const socket = connect({ port: recorder.port, host: '127.0.0.1', ...client });
  socket.on('error', () => {}).on('data', () => {});
  await new Promise((resolve) => void socket.on('close', resolve));
  const parts = recorder.connections[0] ?? [];
  await until('both have spoken', () => parts.some(({ from }) => from === 'server'));
  return connectionFrames(parts, 443, clientPort, 60_000);
}

function tlsOf(frames: readonly Uint8Array[]): Tls[] {
  return frames.flatMap((frame) => {
    const { application } = decodePacket(frameOf(frame));
    if (application === undefined) return [];
    assert.ok(application.type === 'tls');
    return application;
  });
}

/** Whether what is told of a frame is what tshark tells. */
function agree(frame: Uint8Array, fields: Record<(typeof tlsFields)[number], string[]> | undefined): void {
  const [tls] = tlsOf([frame]);
  const types = fields?.['tls.handshake.type'] ?? [];
  assert.equal(
    /client hello|server hello(?! done)|hello retry request/.test(tls?.message ?? ''),
    types.includes('1') || types.includes('2'),
  );
  assert.equal(tls?.message.includes('alert: ') ?? false, (fields?.['tls.alert_message.desc'] ?? []).length > 0);
  assert.equal(tls?.serverName, fields?.['tls.handshake.extensions_server_name']?.[0]);
  assert.deepEqual(tls?.alpn ?? [], fields?.['tls.handshake.extensions_alpn_str'] ?? []);
}

/** What node:tls says first. */
async function clientHello(t: TestContext): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const said = once(server, 'connection').then(async ([socket]) => {
    socket.removeAllListeners('data');
    const [bytes] = await once(socket, 'data');
    socket.destroy();
    return bytes as Buffer;
  });
  const { port } = server.address() as AddressInfo;
  connect({ port, host: '127.0.0.1', servername: 'a.example', ALPNProtocols: ['h2'] }).on('error', () => {});
  atEnd(t, () => server.close());
  return said;
}

function applicationOf(payload: string | Uint8Array): Application | undefined {
  return decodePacket(frameOf(ethernetOf({}, tcp({ sourcePort: 40_000, destinationPort: 9999 }, payload)))).application;
}

async function ask(port: number, method: string, path: string, body = ''): Promise<void> {
  const asked = request({ port, host: '127.0.0.1', method, path, agent: false, headers: { host: 'a.example:8080' } });
  asked.end(body);
  const [answer] = await once(asked, 'response');
  answer.resume();
  await once(answer, 'close');
}
