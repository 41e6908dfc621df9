import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { runSidecar } from '#harness/process.ts';
import { echo, silent, TcpServer } from '#harness/tcp.ts';

const time = '\\d+\\.\\d{1,2} ms';

describe('netprobe check', () => {
  test('prints a table and ends with 0 where all is well', async (t) => {
    const server = await TcpServer.listen(t, ({ socket }) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n')));
    const urls = [`tcp://127.0.0.1:${server.port}`, `http://127.0.0.1:${server.port}/health`];
    const { code, stdout, stderr } = await runSidecar(t, 'netprobe', {}, ['check', ...urls]);
    assert.equal(code, 0, stderr);
    const [title = '', tcp = '', http = '', ...more] = stdout.split('\n');
    assert.match(title, /^ +CHECK +RESOLVE +CONNECT +TLS +PROCESS +TOTAL {2}DETAIL$/);
    assert.match(tcp, new RegExp(`^ok {2}${urls[0]} +${time} +${time} +- +- +${time} {2}connected to 127\\.0\\.0\\.1$`));
    assert.match(http, new RegExp(`^ok {2}${urls[1]} +${time} +${time} +- +${time} +${time} {2}HTTP 200 OK$`));
    assert.deepEqual(more, ['']);
  });

  test('ends with 1 where one is not, within its time', async (t) => {
    const quiet = await TcpServer.listen(t, silent);
    const urls = [`tcp://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${quiet.port}/`, `tcp://127.0.0.1:${quiet.port}`];
    const { code, stdout, stderr } = await runSidecar(t, 'netprobe', { NETPROBE_CHECK_TIMEOUT: '300ms' }, ['check', ...urls]);
    assert.equal(code, 1);
    assert.match(stdout, /^FAIL +tcp:.* connection refused \(ECONNREFUSED\): 127\.0\.0\.1$/m);
    assert.match(stdout, /^FAIL +http:.* timeout: no answer within 300 ms$/m);
    assert.match(stdout, /^ok +tcp:/m);
    assert.match(stderr, /2 checks failed/);
  });

  test('prints JSON, a line for each', async (t) => {
    const server = await TcpServer.listen(t, echo);
    const urls = [`tcp://127.0.0.1:${server.port}`, `tls://127.0.0.1:${server.port}`];
    const { code, stdout } = await runSidecar(t, 'netprobe', {}, ['check', '--json', ...urls]);
    assert.equal(code, 1);
    const [tcp, tls] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([tcp.check, tcp.ok, tcp.detail], [urls[0], true, 'connected to 127.0.0.1']);
    assert.deepEqual(Object.keys(tcp.phases), ['resolve', 'connect']);
    assert.ok(tcp.seconds > 0);
    assert.deepEqual([tls.check, tls.ok], [urls[1], false]);
  });

  test('refuses what is no URL with 64, and repeats no password', async (t) => {
    const urls = [
      'tcp://redis',
      ...['http://', 'dns://', 'ftp://', ''].map((scheme) => `${scheme}admin:hunter2@api`),
      'http://admin:hunter2/@api',
    ];
    const { code, stdout, stderr } = await runSidecar(t, 'netprobe', {}, ['check', ...urls]);
    assert.equal(code, 64);
    assert.match(stderr, /tcp:\/\/redis names no port; write tcp:\/\/redis:6379/);
    assert.match(stderr, /http:\/\/\*\*\*@api holds a user or a password/);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });
});
