// Certificates that are replaced on disk while clients are connected.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { TcpServer } from '#harness/tcp.ts';
import { until } from '#harness/until.ts';
import { Running, within } from './running.ts';
import { SecureClient } from './secure.ts';

/** A way in which the files of a certificate are replaced. */
interface Place extends CertificateFiles {
  put(files: CertificateFiles): void;
}

/** Files that are written over, one after the other. */
function files(folder: string): Place {
  const place = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  return {
    ...place,
    put: ({ cert, key }) => {
      copyFileSync(cert, place.cert);
      copyFileSync(key, place.key);
    },
  };
}

/** A volume of Kubernetes: the files are links into the folder `..data`, which is a link that is swapped. */
function volume(folder: string): Place {
  let turn = 0;
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(folder, name));
  return {
    cert: join(folder, 'tls.crt'),
    key: join(folder, 'tls.key'),
    put: ({ cert, key }) => {
      const next = `..${++turn}`;
      mkdirSync(join(folder, next));
      copyFileSync(cert, join(folder, next, 'tls.crt'));
      copyFileSync(key, join(folder, next, 'tls.key'));
      symlinkSync(next, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    },
  };
}

/** An ambassador with the certificate `first`, and a way to become its client. */
async function scene(t: TestContext, make: (folder: string) => Place) {
  const authority = new Authority(t);
  const place = make(temporaryFolder(t));
  place.put(authority.issue('first'));
  const backend = await TcpServer.listen(t);
  const port = await freePort();
  const running = await Running.ready(t, [`${port}=${backend.address}?name=here&tls-cert=${place.cert}&tls-key=${place.key}`]);
  const client = async () => {
    const secure = new SecureClient(t, { port, ca: authority.ca });
    secure.socket.write('hello');
    await secure.receives('hello');
    return secure;
  };
  return { authority, place, running, client };
}

describe('a certificate that is replaced', () => {
  for (const [what, make] of [
    ['by writing the files', files],
    ["by swapping Kubernetes' link", volume],
  ] as const)
    test(`${what}: new clients get the new one, and those who are there stay`, within('openssl'), async (t) => {
      const { authority, place, running, client } = await scene(t, make);
      const old = await client();
      assert.equal(old.subject, 'first');
      const notAfter = new Date('2051-02-03T04:05:06Z');
      place.put(authority.issue('second', { notAfter }));
      await until('a new client gets the new one', async () => (await client()).subject === 'second');
      assert.equal(await running.sum('certificate_expiry_seconds', { route: 'here' }), notAfter.getTime() / 1000);
      old.socket.end(', still there');
      assert.equal(await old.ending(), 'FIN');
      assert.equal(old.text, 'hello, still there');
      assert.equal(await running.sum('refused_clients_total'), 0);
    });

  for (const [what, spoil] of [
    ['is no certificate', (place: Place) => writeFileSync(place.cert, 'no certificate')],
    ['does not fit its key', (place: Place, authority: Authority) => copyFileSync(authority.issue('other').cert, place.cert)],
  ] as const)
    test(`one that ${what} is told of, and the old one serves until there is a good one`, within('openssl'), async (t) => {
      const { authority, place, running, client } = await scene(t, files);
      spoil(place, authority);
      await running.sidecar.says('stays in use');
      const told = running.sidecar.log.find(({ msg }) => String(msg).includes('stays in use'));
      assert.ok(String(told?.msg).includes(place.cert), String(told?.msg));
      assert.equal((await client()).subject, 'first');
      assert.equal((await running.ask('GET', '/readyz')).code, 200);
      place.put(authority.issue('third'));
      await until('a new client gets the good one', async () => (await client()).subject === 'third');
    });
});
