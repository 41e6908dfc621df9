// Which engine carries a route, and what happens where splice cannot be had.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { dial, TcpServer } from '#harness/tcp.ts';
import { Ambassador, type Launch } from './ambassador.ts';

/** Ways to take away what splice needs. */
const without: Readonly<Record<string, Launch>> = {
  'node:ffi is missing': { node: ['--no-experimental-ffi'] },
  'node:ffi is forbidden': {
    node: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker', '--allow-net', '--no-warnings'],
  },
  'the system call is forbidden': {
    node: ['--no-warnings', '--import', new URL('./programs/no-splice.ts', import.meta.url).href],
  },
};

const options = { ...needs('linux'), timeout: 60_000 };

for (const [how, launch] of Object.entries(without)) {
  test(`auto where ${how}: the net engine, and one warning`, options, async (t) => {
    const backend = await TcpServer.listen(t);
    const ambassador = await Ambassador.start(t, 'auto', { ...launch, to: `${backend.address}?name=plain` });
    const client = await dial(t, ambassador.port);
    client.socket.end('carried all the same');
    assert.equal(await client.ending, 'FIN');
    assert.equal(client.received.toString(), 'carried all the same');
    await ambassador.counts(1, 'engine_info', { route: 'plain', engine: 'net' });
    const warnings = ambassador.process.log.filter(({ level }) => level === 'warn');
    assert.equal(warnings.length, 1, JSON.stringify(warnings));
    assert.match(String(warnings[0]?.msg), /splice/);
    assert.equal((await ambassador.process.stop()).code, 0);
  });

  test(`splice where ${how}: it says so and ends`, options, async (t) => {
    const failing = Ambassador.start(t, 'splice', { ...launch, to: '127.0.0.1:1' });
    await assert.rejects(failing, /AMBASSADOR_ENGINE.*splice|splice.*AMBASSADOR_ENGINE/s);
  });
}

test('auto: splice for plain routes, net for those that need more', options, async (t) => {
  const backend = await TcpServer.listen(t);
  const ports = [await freePort(), await freePort(), await freePort()];
  const more = ['name=plain', 'name=header&proxy-in=on', 'name=out&proxy-out=v2'];
  const routes = more.map((option, index) => `${ports[index]}=${backend.address}?${option}`);
  const ambassador = await Ambassador.start(t, 'auto', { routes });
  await ambassador.counts(1, 'engine_info', { route: 'plain', engine: 'splice' });
  await ambassador.counts(1, 'engine_info', { route: 'header', engine: 'net' });
  await ambassador.counts(1, 'engine_info', { route: 'out', engine: 'splice' });
  const warnings = ambassador.process.log.filter(({ level }) => level === 'warn');
  assert.deepEqual(warnings, []);
});

test('net: no route is spliced', options, async (t) => {
  const backend = await TcpServer.listen(t);
  const ambassador = await Ambassador.start(t, 'net', { to: `${backend.address}?name=plain` });
  await ambassador.counts(1, 'engine_info', { route: 'plain', engine: 'net' });
});
