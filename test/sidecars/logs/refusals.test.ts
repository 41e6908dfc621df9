import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Ended, runSidecar, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { place } from './place.ts';

/** Asserts that a run ended with 64 and told why. */
function refused({ code, stdout, stderr }: Ended, ...told: readonly RegExp[]): void {
  const said = stdout + stderr;
  assert.equal(code, 64, said);
  for (const words of told) assert.match(said, words);
}
describe('refused with 64, the option and the remedy', () => {
  const refusals: readonly {
    readonly title: string;
    readonly env?: Record<string, string>;
    readonly args?: readonly string[];
    readonly told: readonly RegExp[];
  }[] = [
    { title: 'an unknown flag', args: ['--batch-byte=1Mi'], told: [/--batch-byte is no flag; did you mean --batch-bytes\?/] },
    {
      title: 'an unknown variable',
      env: { LOGS_LABEL: 'a=1' },
      told: [/LOGS_LABEL \(environment\) is no option; did you mean LOGS_LABELS\?/],
    },
    {
      title: 'X and X_FILE',
      env: { LOGS_TOKEN: 'a', LOGS_TOKEN_FILE: '/b' },
      told: [/LOGS_TOKEN and LOGS_TOKEN_FILE are both set/, /keep one/],
    },
    {
      title: 'a missing file',
      env: { LOGS_TOKEN_FILE: '/no/such' },
      told: [/LOGS_TOKEN_FILE=\/no\/such cannot be read: ENOENT/, /check the path/],
    },
    { title: 'a folder as file', env: { LOGS_TOKEN_FILE: '/' }, told: [/LOGS_TOKEN_FILE=\/ cannot be read: EISDIR/] },
    {
      title: 'a bad URL',
      env: { LOGS_TO: 'logs.example:80' },
      told: [/LOGS_TO=logs\.example:80 /, /stdout:, http:, https:, file:/],
    },
    {
      title: 'a URL with a password',
      env: { LOGS_TO: 'http://me:hunter2@web/' },
      told: [/LOGS_TO=http:\/\/\*\*\*@web\/ holds a user or a password/],
    },
    { title: 'a file URL with a host', env: { LOGS_TO: 'file://out/dir' }, told: [/three slashes: file:\/\/\/folder/] },
    { title: 'a file URL that is no path', env: { LOGS_TO: 'file:///a%2Fb' }, told: [/LOGS_TO=file:\/\/\/a%2Fb is no path/] },
    {
      title: 'a built-in redaction that is misspelt',
      env: { LOGS_REDACT: 'email,cards' },
      told: [
        /LOGS_REDACT=email,cards names cards, which is none of email, card, bearer; as a pattern write it in parentheses: \(cards\)/,
      ],
    },
    {
      title: 'a sample of nothing',
      env: { LOGS_SAMPLE: '0%' },
      told: [/LOGS_SAMPLE=0% would ship nothing; name a share above 0%/],
    },
    { title: 'a relative path', args: ['app.log'], told: [/app\.log is not an absolute path/] },
    {
      title: 'a label of a record field',
      env: { LOGS_LABELS: 'host=x' },
      told: [/LOGS_LABELS=host=x has a name, host, that is taken/],
    },
    { title: 'a time without a unit', env: { LOGS_FLUSH: '200' }, told: [/LOGS_FLUSH=200 needs a unit/] },
    {
      title: 'token and user',
      env: { LOGS_TO: 'http://web/', LOGS_TOKEN: 'a', LOGS_USER: 'b' },
      told: [/LOGS_TOKEN and LOGS_USER are both set/],
    },
    {
      title: 'a password without a user',
      env: { LOGS_TO: 'http://web/', LOGS_PASSWORD: 'a' },
      told: [/LOGS_PASSWORD is set without LOGS_USER/],
    },
    { title: 'a user with a colon', env: { LOGS_TO: 'http://web/', LOGS_USER: 'a:b' }, told: [/LOGS_USER holds a colon/] },
    { title: 'a token of two words', env: { LOGS_TO: 'http://web/', LOGS_TOKEN: 'a b' }, told: [/LOGS_TOKEN holds a space/] },
    { title: 'a token for stdout', env: { LOGS_TOKEN: 'a' }, told: [/LOGS_TOKEN is set, and only an http sink reads it/] },
    {
      title: 'authorities for http',
      env: { LOGS_TO: 'http://web/', LOGS_CA: '/ca' },
      told: [/LOGS_CA is set, and http:\/\/ has no certificates/],
    },
    {
      title: 'authorities that are missing',
      env: { LOGS_TO: 'https://web/', LOGS_CA: '/no/such' },
      told: [/LOGS_CA=\/no\/such cannot be read/],
    },
    {
      title: 'a header of the connection',
      env: { LOGS_TO: 'http://web/', LOGS_HEADERS: 'Content-Length: 3' },
      told: [/LOGS_HEADERS names content-length/],
    },
    {
      title: 'authorization twice',
      env: { LOGS_TO: 'http://web/', LOGS_HEADERS: 'Authorization: a', LOGS_TOKEN: 'b' },
      told: [/LOGS_HEADERS names authorization, which LOGS_TOKEN/],
    },
  ];
  for (const { title, env = {}, args = [], told } of refusals) {
    test(title, async (t) => {
      const ended = await runSidecar(t, 'logs', { ...place(t).env, ...env }, args);
      refused(ended, ...told);
      assert.doesNotMatch(ended.stdout + ended.stderr, /hunter2/);
    });
  }

  test('authorities that are none', async (t) => {
    const { file, env } = place(t);
    refused(
      await runSidecar(t, 'logs', { ...env, LOGS_TO: 'https://web/', LOGS_CA: file }),
      /LOGS_CA=.*app\.log holds no certificate/,
    );
  });

  test('a path that is a folder', async (t) => {
    const { folder, env } = place(t);
    refused(
      await runSidecar(t, 'logs', { ...env, LOGS_PATHS: folder }),
      /LOGS_PATHS: .* is a folder; name the files in it, such as .*\/\*\.log/,
    );
  });

  test('an admin address that is taken', async (t) => {
    const { env } = place(t);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const listen = `127.0.0.1:${address.port}`;
    refused(
      await runSidecar(t, 'logs', { ...env, LOGS_TO: 'http://127.0.0.1:9/', LOGS_ADMIN: listen }),
      new RegExp(
        `LOGS_ADMIN=${listen} is taken by another program; give another address by LOGS_ADMIN or --admin, or .*LOGS_ADMIN=off`,
      ),
    );
  });

  test('an admin socket where another sidecar listens', async (t) => {
    const { folder, env } = place(t);
    const receiver = await Receiver.start(t);
    const admin = { LOGS_ADMIN: `unix:${join(folder, 'admin')}`, LOGS_TO: receiver.url };
    const first = startSidecar(t, 'logs', { ...env, ...admin });
    await first.says('started');
    refused(
      await runSidecar(t, 'logs', { ...env, ...admin, LOGS_STATE: join(folder, 'other') }),
      /LOGS_ADMIN=unix:.* is listened on by another program/,
    );
    assert.equal((await first.stop()).code, 0);
  });

  test('a file sink whose folder is a file', async (t) => {
    const { file, env } = place(t);
    refused(
      await runSidecar(t, 'logs', { ...env, LOGS_TO: `file://${file}` }),
      /LOGS_TO=file:.*app\.log cannot be used: .*name a folder/,
    );
  });

  test('a second sidecar on one LOGS_STATE', async (t) => {
    const { env } = place(t);
    const receiver = await Receiver.start(t);
    const first = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url });
    await receiver.got(3);
    refused(
      await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }),
      /LOGS_STATE=.* is in use by another logs sidecar; give each one/,
    );
    assert.equal((await first.stop()).code, 0);
    assert.equal(receiver.messages.length, 3);
  });

  test('positions of a newer release', async (t) => {
    const { env } = place(t);
    mkdirSync(env.LOGS_STATE);
    const path = join(env.LOGS_STATE, 'positions.json');
    const newer = '{"version":3,"files":"in another form"}\n';
    writeFileSync(path, newer);
    refused(
      await runSidecar(t, 'logs', env, ['--once']),
      /positions\.json was written by a newer release \(version 3\)/,
      /LOGS_STATE/,
    );
    assert.equal(readFileSync(path, 'utf8'), newer, 'it is left as it was');
  });
});

test('several problems are told at once', async (t) => {
  const ended = await runSidecar(t, 'logs', { LOGS_TO: 'ftp://x', LOGS_IN_FLIGHT: '0', LOGS_STATE: 'state' }, ['--nope']);
  refused(
    ended,
    /4 settings are wrong/,
    /LOGS_TO=ftp/,
    /LOGS_IN_FLIGHT=0 is too small/,
    /LOGS_STATE=state is not an absolute/,
    /--nope/,
  );
});
