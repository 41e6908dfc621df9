import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Authority, type CertificateFiles } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { until } from '#harness/until.ts';
import { TlsContexts } from '../../../../sidecars/ambassador/tls/contexts.ts';
import type { CredentialFiles } from '../../../../sidecars/ambassador/tls/credentials.ts';

/** Contexts that look only when they are told to, or every `interval` ms, and what they reported. */
function contextsOf(t: TestContext, interval = 3_600_000) {
  const reports: string[] = [];
  const controller = new AbortController();
  atEnd(t, () => controller.abort());
  const report = (level: string, message: string) => void reports.push(`${level}: ${message}`);
  return { contexts: new TlsContexts({ report, signal: controller.signal, interval }), reports, controller };
}

/** Copies a file as if it were of long ago: one that is younger than some ms would be read again in any case. */
function copyAged(from: string, to: string): void {
  copyFileSync(from, to);
  utimesSync(to, 1_000_000_000, 1_000_000_000);
}

/** Files that are replaced in place, as by an editor or by certbot's deploy hooks. */
function replaceable(t: TestContext, first: CertificateFiles) {
  const folder = temporaryFolder(t);
  const files = { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
  const replace = (next: Partial<CertificateFiles>) => {
    if (next.cert !== undefined) copyAged(next.cert, files.cert);
    if (next.key !== undefined) copyAged(next.key, files.key);
  };
  replace(first);
  return { files, replace };
}

const text = (path: string) => readFileSync(path, 'utf8');

describe('files of TLS', needs('openssl'), () => {
  test('are read at the start, and tell when the certificate expires', async (t) => {
    const authority = new Authority(t);
    const notAfter = new Date('2099-01-02T03:04:05Z');
    const { cert, key } = authority.issue('server', { notAfter });
    const both = join(temporaryFolder(t), 'both.pem');
    writeFileSync(both, text(cert) + text(key));
    const { contexts, reports } = contextsOf(t);
    for (const files of [{ cert, key }, { cert: both }, { cert, key: both }]) {
      const context = await contexts.open(files);
      assert.equal(context.notAfter, notAfter.getTime());
      assert.ok(context.secure);
    }
    const trust = await contexts.open({ ca: authority.ca });
    assert.equal(trust.notAfter, undefined);
    assert.equal([...contexts].length, 4);
    trust.close();
    assert.equal([...contexts].length, 3);
    assert.deepEqual(reports, []);
  });

  test('that are wrong are an error at the start, which says which and how', async (t) => {
    const authority = new Authority(t);
    const { cert, key } = authority.issue('server');
    const folder = temporaryFolder(t);
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const cut = file('cut.pem', text(cert).slice(0, 300));
    const secondCut = file('second.pem', text(cert) + text(authority.ca).slice(0, 300));
    const locked = file('locked.key', text(key).replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'));
    const broken = file('broken.key', text(key).replace(/\n[A-Za-z0-9]{20}/, '\nAAAA'));
    const cases: readonly (readonly [files: CredentialFiles, message: RegExp])[] = [
      [{ cert: '/nowhere/tls.crt', key }, /^\/nowhere\/tls\.crt cannot be read: ENOENT; check the path, and what is mounted$/],
      [{ cert: folder, key }, / cannot be read: EISDIR; name the file in it$/],
      [{ cert: key, key }, /\.key holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----$/],
      [{ cert: file('empty.pem', ''), key }, /empty\.pem holds no certificate/],
      [{ cert: cut, key }, /^certificate 1 in .*cut\.pem cannot be read: bad end line$/],
      [{ cert: secondCut, key }, /^certificate 2 in .*second\.pem cannot be read: bad end line$/],
      [{ cert }, /\.pem holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----$/],
      [{ cert, key: locked }, /^the private key in .*locked\.key has a passphrase; write it without one/],
      [{ cert, key: broken }, /^the private key in .*broken\.key cannot be read: /],
      [{ cert, key: authority.caKey }, /^the private key in .*ca\.key is not that of the certificate in .*server-1\.pem; both/],
      [{ cert, key, ca: key }, /\.key holds no certificate/],
      [{ ca: cut }, /cut\.pem cannot be read: bad end line$/],
    ];
    const { contexts, reports } = contextsOf(t);
    for (const [files, message] of cases) await assert.rejects(contexts.open(files), { message });
    assert.equal([...contexts].length, 0);
    assert.deepEqual(reports, []);
  });

  test('with an expired certificate are used, with a warning', async (t) => {
    const { contexts, reports } = contextsOf(t);
    const { cert, key } = new Authority(t).issueExpired('server');
    const context = await contexts.open({ cert, key });
    assert.ok(context.notAfter !== undefined && context.notAfter < Date.now());
    await contexts.reload();
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? '', /^warn: the certificate in .* expired at \d{4}-.*; replace the file$/);
  });

  test('that change are read again, and others are left alone', async (t) => {
    const authority = new Authority(t);
    const { files, replace } = replaceable(t, authority.issue('first'));
    const { contexts, reports } = contextsOf(t);
    const context = await contexts.open(files);
    const before = context.secure;
    await contexts.reload();
    writeFileSync(files.cert, text(files.cert));
    await contexts.reload();
    assert.equal(context.secure, before, 'the content is the same');
    const notAfter = new Date(Date.now() + 3_600_000);
    replace(authority.issue('second', { notAfter }));
    await contexts.reload();
    assert.notEqual(context.secure, before);
    assert.equal(context.version, 2);
    assert.equal(context.notAfter, Math.floor(notAfter.getTime() / 1000) * 1000);
    assert.equal(reports.length, 1);
    assert.match(
      reports[0] ?? '',
      /^info: .*tls\.crt, .*tls\.key changed and will be used from now on; the certificate is valid until /,
    );
  });

  test('are followed through the links of a Kubernetes volume', async (t) => {
    const authority = new Authority(t);
    const volume = temporaryFolder(t);
    const fill = (version: string, { cert, key }: CertificateFiles) => {
      mkdirSync(join(volume, version));
      copyAged(cert, join(volume, version, 'tls.crt'));
      copyAged(key, join(volume, version, 'tls.key'));
      symlinkSync(version, join(volume, '..data_tmp'));
      renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
    };
    fill('..1', authority.issue('first'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(volume, name));
    const { contexts } = contextsOf(t);
    const context = await contexts.open({ cert: join(volume, 'tls.crt'), key: join(volume, 'tls.key') });
    fill('..2', authority.issue('second'));
    rmSync(join(volume, '..1'), { recursive: true });
    await contexts.reload();
    assert.equal(context.version, 2);
    assert.equal(context.problem, undefined);
  });

  test('that become wrong are told once, and what was read before stays', async (t) => {
    const authority = new Authority(t);
    const first = authority.issue('first');
    const { files, replace } = replaceable(t, first);
    const { contexts, reports } = contextsOf(t);
    const context = await contexts.open(files);
    const before = context.secure;
    const wrong: readonly (readonly [act: () => void, message: RegExp])[] = [
      [
        () => rmSync(files.key),
        /^error: .*tls\.key cannot be read: ENOENT; check the path, and what is mounted; what was read before stays in use$/,
      ],
      [() => replace({ key: first.cert }), /^error: .*tls\.key holds no private key in PEM/],
      [() => replace({ key: authority.caKey }), /^error: the private key in .*tls\.key is not that of the certificate/],
    ];
    for (const [act, message] of wrong) {
      act();
      for (let looks = 0; looks < 3; looks++) await contexts.reload();
      assert.match(reports.splice(0).join('\n'), message);
      assert.match(`error: ${context.problem}; what was read before stays in use`, message);
      assert.equal(context.secure, before);
    }
    replace(first);
    await contexts.reload();
    assert.equal(context.problem, undefined);
    assert.equal(context.secure, before);
    assert.deepEqual(reports, []);
  });

  test('that are being replaced are not told of, unless they stay wrong', async (t) => {
    const authority = new Authority(t);
    const { files, replace } = replaceable(t, authority.issue('first'));
    const { contexts, reports } = contextsOf(t);
    const context = await contexts.open(files);
    const next = authority.issue('second');
    replace({ cert: next.cert });
    await context.refresh(true);
    replace({ key: next.key });
    await context.refresh(true);
    assert.equal(context.version, 2);
    assert.deepEqual(
      reports.splice(0).filter((report) => !report.startsWith('info')),
      [],
    );
    replace({ cert: authority.issue('third').cert });
    await context.refresh(true);
    assert.deepEqual(reports, []);
    for (let looks = 0; looks < 3; looks++) await context.refresh(true);
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? '', /^error: the private key/);
  });

  test('are looked at by a timer, until the signal', async (t) => {
    const authority = new Authority(t);
    const { files, replace } = replaceable(t, authority.issue('first'));
    const { contexts, controller } = contextsOf(t, 10);
    const context = await contexts.open(files);
    replace(authority.issue('second'));
    await until('the new files are in use', () => context.version === 2);
    controller.abort();
    // A look that is under way sees them or not; later ones would.
    await contexts.reload();
    replace(authority.issue('third'));
    const other = contextsOf(t, 10);
    const witness = await other.contexts.open(files);
    replace(authority.issue('fourth'));
    await until('another timer went by', () => witness.version === 2);
    assert.equal(context.version, 2);
  });

  test('have new keys for sessions only where others are trusted', async (t) => {
    const authority = new Authority(t);
    const { files, replace } = replaceable(t, authority.issue('first'));
    const ca = join(temporaryFolder(t), 'ca.pem');
    copyAged(authority.ca, ca);
    const { contexts } = contextsOf(t);
    const context = await contexts.open({ ...files, ca });
    const { ticketKeys } = context.options;
    replace(authority.issue('second'));
    await contexts.reload();
    assert.equal(context.options.ticketKeys, ticketKeys);
    copyAged(new Authority(t).ca, ca);
    await contexts.reload();
    assert.equal(context.version, 3);
    assert.notDeepEqual(context.options.ticketKeys, ticketKeys);
  });
});
