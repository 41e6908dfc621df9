// Routes that are right and cannot be served for a while: they are tried again until they can, and nobody has to ask for it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { dial, says, silent, TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import type { Ambassador } from './ambassador.ts';
import { onBothEngines } from './both.ts';

const logged = ({ process }: Ambassador, text: string) => process.log.filter(({ msg }) => String(msg).includes(text));

async function greets(t: TestContext, port: number): Promise<boolean> {
  const client = await dial(t, port);
  client.end();
  return (await client.ending) === 'FIN' && client.received.toString() === 'hello';
}

onBothEngines(
  'a LISTEN that was taken: served once it is free, while the other new ones do not come and go',
  async (t, start) => {
    const backend = await TcpServer.listen(t, says('hello'));
    const [file, old, added] = [join(temporaryFolder(t), 'routes'), await freePort(), await freePort()];
    writeFileSync(file, `${old}=${backend.address}`);
    const ambassador = await start({ env: { AMBASSADOR_ROUTES_FILE: file } });
    const holder = await TcpServer.listen(t, silent);
    writeFileSync(file, [old, added, holder.port].map((port) => `${port}=${backend.address}`).join('\n'));
    await ambassador.process.says(`${holder.port} is taken by another program`);
    await ambassador.counts(0, 'config_valid');
    assert.ok(await greets(t, old));
    await holder.close();
    await ambassador.counts(1, 'config_valid');
    for (const port of [old, added, holder.port]) assert.ok(await greets(t, port));
    await ambassador.counts(1, 'reloads_total', { result: 'ok' });
    await ambassador.counts(1, 'reloads_total', { result: 'failed' });
    assert.equal(logged(ambassador, 'the routes stay as they were').length, 1);
    assert.equal(logged(ambassador, 'listening no more').length, 1);
    await ambassador.process.says('routes reloaded');
  },
);

onBothEngines(
  'a file of TLS: one that appears later, and one that is mended after SIGHUP',
  async (t, start) => {
    const authority = new Authority(t);
    const { cert, key } = authority.issue('shop');
    const backend = await TcpServer.listen(t, says('hello'));
    const [port, extra] = [await freePort(), await freePort()];
    const pem = join(authority.folder, 'used.pem');
    const good = readFileSync(cert, 'utf8');
    const file = join(authority.folder, 'routes');
    writeFileSync(file, `${port}=${backend.address}`);
    const ambassador = await start({ env: { AMBASSADOR_ROUTES_FILE: file } });
    writeFileSync(file, `${port}=${backend.address} ${extra}=${backend.address}?tls-cert=${pem}&tls-key=${key}`);
    await ambassador.counts(0, 'config_valid');
    assert.ok(await greets(t, port));
    writeFileSync(pem, good);
    await ambassador.counts(1, 'config_valid');
    await until('the route is there', () =>
      dial(t, extra).then(
        () => true,
        () => false,
      ),
    );

    const words = await start({
      routes: [`unix:${join(authority.folder, 'words')}=${backend.address}?tls-cert=${pem}&tls-key=${key}`],
    });
    writeFileSync(pem, 'no certificate');
    words.process.child.kill('SIGHUP');
    await words.counts(0, 'config_valid');
    writeFileSync(pem, good);
    await words.counts(1, 'config_valid');
    assert.match((await words.ask('/readyz')).text, /^\[\+\] routes ok$/m);
  },
  'openssl',
);

onBothEngines('what is written later goes before what is tried again', async (t, start) => {
  const backend = await TcpServer.listen(t, says('hello'));
  const [file, old, last] = [join(temporaryFolder(t), 'routes'), await freePort(), await freePort()];
  writeFileSync(file, `${old}=${backend.address}`);
  const ambassador = await start({ env: { AMBASSADOR_ROUTES_FILE: file } });
  const holder = await TcpServer.listen(t, silent);
  writeFileSync(file, `${holder.port}=${backend.address}`);
  await ambassador.counts(1, 'reloads_total', { result: 'failed' });
  writeFileSync(file, 'nonsense');
  await ambassador.counts(2, 'reloads_total', { result: 'failed' });
  await holder.close();
  assert.match((await ambassador.ask('/readyz')).text, /nonsense/);
  writeFileSync(file, `${last}=${backend.address}`);
  await ambassador.counts(1, 'reloads_total', { result: 'ok' });
  assert.ok(await greets(t, last));
  await assert.rejects(dial(t, holder.port), { code: 'ECONNREFUSED' });
  assert.equal(logged(ambassador, 'listening').filter(({ route }) => route === String(holder.port)).length, 0);
});
