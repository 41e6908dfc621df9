import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { type Ended, runSidecar, SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';

const lines = ['one', 'two', 'three'];

/** A folder with a log of three lines, and the settings to follow it. */
function place(t: TestContext) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return { folder, file, env: { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') } };
}

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
    const newer = '{"version":2,"files":"in another form"}\n';
    writeFileSync(path, newer);
    refused(
      await runSidecar(t, 'logs', env, ['--once']),
      /positions\.json was written by a newer release \(version 2\)/,
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

for (const [what, damaged] of [
  ['cut off', '{"version":1,"scannedAt":1,"posi'],
  ['of another form', '{"version":1,"scannedAt":1,"positions":[{"id":1}]}'],
  ['empty', ''],
]) {
  test(`damaged positions (${what}) are put aside, and everything is shipped again`, async (t) => {
    const { env } = place(t);
    mkdirSync(env.LOGS_STATE);
    writeFileSync(join(env.LOGS_STATE, 'positions.json'), damaged ?? '');
    const receiver = await Receiver.start(t);
    const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }, ['--once']);
    assert.equal(code, 0);
    assert.match(stderr, /positions\.json is damaged and was put aside as positions\.json\.damaged/);
    assert.deepEqual(receiver.messages, lines);
    assert.equal(readFileSync(join(env.LOGS_STATE, 'positions.json.damaged'), 'utf8'), damaged);
    assert.equal(JSON.parse(readFileSync(join(env.LOGS_STATE, 'positions.json'), 'utf8')).version, 1);
  });
}

describe('a state folder that cannot be written', () => {
  test('shipping goes on, the part is degraded, and it is said once; then it recovers', async (t) => {
    const { folder, file, env } = place(t);
    // a link to nowhere, which becomes a folder later: root, too, can make no folder of it
    symlinkSync(join(folder, 'volume', 'state'), env.LOGS_STATE);
    const receiver = await Receiver.start(t);
    const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, LOGS_ADMIN: '127.0.0.1:0' });
    const admin = await running.admin();
    await receiver.got(3);
    await until('the state is degraded', async () => /^\[~\] state degraded: LOGS_STATE=/m.test(await ready(admin)));
    assert.match(await ready(admin), /shipping goes on, but a restart ships lines again; mount a volume/);
    assert.match(await ready(admin), /^ready$/m);
    writeFileSync(file, 'four\n', { flag: 'a' });
    await receiver.got(4);
    mkdirSync(join(folder, 'volume', 'state'), { recursive: true });
    await until('the state is well', async () => /^\[\+\] state ok$/m.test(await ready(admin)));
    assert.equal((await running.stop()).code, 0);
    assert.equal(running.log.filter(({ part, state }) => part === 'state' && state === 'degraded').length, 1);
    assert.ok(existsSync(join(folder, 'volume', 'state', 'positions.json')));

    assert.equal((await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.equal(receiver.messages.length, 4, 'nothing is shipped again');
  });

  test('a read-only volume', needs('linux', 'root'), async (t) => {
    const env = { ...place(t).env, LOGS_STATE: temporaryMount(t, 'ro,size=64k') };
    const receiver = await Receiver.start(t);
    const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, LOGS_ADMIN: '127.0.0.1:0' });
    const admin = await running.admin();
    await receiver.got(3);
    await until('the state is degraded', async () => /state degraded: LOGS_STATE=.*(EROFS|read-only)/.test(await ready(admin)));
    assert.equal((await running.stop()).code, 0);
  });

  test('a volume that is full, and then not', needs('linux', 'root'), async (t) => {
    const { file, env: others } = place(t);
    const env = { ...others, LOGS_STATE: temporaryMount(t, 'size=16k') };
    const ballast = fill(env.LOGS_STATE);
    const receiver = await Receiver.start(t);
    const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, LOGS_ADMIN: '127.0.0.1:0' });
    const admin = await running.admin();
    await receiver.got(3);
    await until('the state is degraded', async () =>
      /state degraded: LOGS_STATE=.*(ENOSPC|disk is full)/.test(await ready(admin)),
    );
    unlinkSync(ballast);
    writeFileSync(file, 'four\n', { flag: 'a' });
    await until('the state is well', async () => /^\[\+\] state ok$/m.test(await ready(admin)));
    assert.equal((await running.stop()).code, 0);
    assert.equal(receiver.messages.length, 4);
  });
});

describe('a log file that may not be read', needs('linux'), () => {
  const unreadable = (t: TestContext) => {
    const { folder, env } = place(t);
    const secret = join(folder, 'secret.log');
    writeFileSync(secret, 'hidden\n');
    chmodSync(secret, 0o000);
    return { secret, env: { ...env, LOGS_PATHS: join(folder, '*.log') } };
  };

  test('the others are shipped, the part is degraded and names it, and it recovers', async (t) => {
    const { secret, env } = unreadable(t);
    const receiver = await Receiver.start(t);
    const running = startWithoutPower(t, { ...env, LOGS_TO: receiver.url, LOGS_ADMIN: '127.0.0.1:0' });
    const admin = await running.admin();
    await receiver.got(3);
    await until('files are degraded', async () =>
      /files degraded: .*secret\.log cannot be read: EACCES; run the sidecar as a user or group that may read it/.test(
        await ready(admin),
      ),
    );
    chmodSync(secret, 0o644);
    await receiver.got(4);
    await until('files are well', async () => /^\[\+\] files ok$/m.test(await ready(admin)));
    assert.equal((await running.stop()).code, 0);
  });

  test('a job ships the others and exits 77', async (t) => {
    const { env } = unreadable(t);
    const receiver = await Receiver.start(t);
    const { code, stderr } = await startWithoutPower(t, { ...env, LOGS_TO: receiver.url }, ['--once']).ended;
    assert.equal(code, 77, stderr);
    assert.match(stderr, /"level":"fatal".*secret\.log cannot be read: EACCES/);
    assert.deepEqual(receiver.messages, lines);
  });

  test('--check says so', async (t) => {
    const { env } = unreadable(t);
    const { code, stdout } = await startWithoutPower(t, env, ['--check']).ended;
    assert.equal(code, 1);
    assert.match(stdout, /^FAIL {2}files: .*secret\.log.*run the sidecar as a user or group that may read it \(now uid \d+\)$/m);
  });
});

/** The text of /readyz. */
async function ready(admin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(`${admin}/readyz`, (answer) => resolve(text(answer))).on('error', reject);
  });
}

/** Starts the sidecar as a user like any other: for root, without the capability to read what its mode forbids (capabilities(7)). */
function startWithoutPower(t: TestContext, env: Record<string, string>, args: readonly string[] = []): SidecarProcess {
  const main = fileURLToPath(new URL('../../../sidecars/logs/main.ts', import.meta.url));
  const drop = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : [];
  const [command = process.execPath, ...words] = [...drop, process.execPath, main, ...args];
  const child = spawn(command, words, {
    env: { PATH: process.env.PATH, LOGS_ADMIN: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return new SidecarProcess(child);
}
