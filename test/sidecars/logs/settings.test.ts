import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { lines, place } from './place.ts';

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
    assert.equal(JSON.parse(readFileSync(join(env.LOGS_STATE, 'positions.json'), 'utf8')).version, 2);
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
