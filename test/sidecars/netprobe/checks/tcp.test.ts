import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { tcpSockets } from '#harness/proc.ts';
import { silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { makeCheck } from '../../../../sidecars/netprobe/checks/make.ts';
import { checkTarget } from '../../../../sidecars/netprobe/checks/target.ts';
import { assertPhases, check } from './checking.ts';

describe('a check by TCP', () => {
  test('is well where somebody listens, and hangs up', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const outcome = await check(`tcp://127.0.0.1:${server.port}`);
    assert.equal(outcome.detail, 'connected to 127.0.0.1');
    assert.equal(outcome.ok, true);
    assert.equal(outcome.check, `tcp://127.0.0.1:${server.port}`);
    assertPhases(outcome, 'resolve', 'connect');
    const peer = await server.peer();
    assert.equal(await peer.ending, 'FIN');
    assert.equal(peer.bytes, 0);
  });

  test('by IPv6, and of a name in the hosts file', async (t) => {
    const server = await TcpServer.listen(t, silent, { host: '::1' });
    assert.equal((await check(`tcp://[::1]:${server.port}`)).detail, 'connected to ::1');
    const other = await TcpServer.listen(t, silent);
    assert.equal((await check(`tcp://localhost:${other.port}`)).detail, 'connected to 127.0.0.1');
  });

  test('of the gateway asks who that is each time', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const url = `tcp://gateway:${server.port}`;
    assert.equal((await check(url, 5000, () => '127.0.0.1')).detail, 'connected to 127.0.0.1');
    const none = await check(url, 5000, () => undefined);
    assert.deepEqual([none.ok, none.detail], [false, 'this namespace has no default route, and so no gateway']);
    assertPhases(none);
  });

  test('is refused', async () => {
    const outcome = await check(`tcp://127.0.0.1:${await freePort()}`);
    assert.deepEqual([outcome.ok, outcome.detail], [false, 'connection refused (ECONNREFUSED): 127.0.0.1']);
    assertPhases(outcome, 'resolve');
  });

  test('of a name that there is not', async () => {
    const outcome = await check('tcp://nobody.invalid:80', 2000);
    assert.equal(outcome.ok, false);
    assert.match(outcome.detail, /^nobody\.invalid: |^timeout: no answer of a name server within 2000 ms$/);
    assertPhases(outcome);
  });

  test('that was told to stop is broken off, with its reason', async (t) => {
    const server = await TcpServer.listen(t, silent);
    const stop = new AbortController();
    const target = checkTarget.parse(`http://127.0.0.1:${server.port}/`);
    const made = makeCheck(target, { timeout: 60_000, gateway: () => undefined }, stop.signal);
    const peer = await server.peer();
    stop.abort(new Error('enough'));
    await assert.rejects(made, /^Error: enough$/);
    await peer.ending;
    await assert.rejects(makeCheck(target, { timeout: 60_000, gateway: () => undefined }, stop.signal), /^Error: enough$/);
  });

  test('fifty at once, of which most fail, leave nothing behind', needs('linux'), async (t) => {
    const quiet = await TcpServer.listen(t, silent);
    const closed = await freePort();
    const before = readdirSync('/proc/self/fd').length;
    const urls = Array.from({ length: 50 }, (_, index) => {
      if (index % 3 === 0) return `tcp://127.0.0.1:${quiet.port}`;
      return index % 3 === 1 ? `tcp://127.0.0.1:${closed}` : `http://127.0.0.1:${quiet.port}/${index}`;
    });
    const outcomes = await Promise.all(urls.map((url) => check(url, 700)));
    for (const [index, { ok, detail, seconds }] of outcomes.entries()) {
      assert.equal(ok, index % 3 === 0, detail);
      if (index % 3 === 2) assert.equal(detail, 'timeout: no answer within 700 ms');
      assert.ok(seconds >= (index % 3 === 2 ? 0.699 : 0));
    }
    await until('the server lost all of them', () => quiet.peers.every(({ ended }) => ended !== undefined));
    assert.equal(tcpSockets('established', 'remote', quiet.port), 0);
    await quiet.close();
    await until('no descriptor is open any more', () => readdirSync('/proc/self/fd').length < before);
  });
});
