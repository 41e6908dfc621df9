import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, SidecarProcess, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';

const main = fileURLToPath(new URL('../../sidecars/logs/main.ts', import.meta.url));
const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** A log file with numbered lines, and the settings that follow it. */
function place(t: TestContext, lines = 3) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(file, linesOf(lines).join('\n') + (lines > 0 ? '\n' : ''));
  return { folder, file, env: { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') } };
}

function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}`);
}

/** A page of the admin server at an address as the log tells it, and its status. */
async function page(address: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const target = address.startsWith('unix:') ? { socketPath: address.slice('unix:'.length), path } : new URL(path, address);
  return new Promise((resolve, reject) => {
    get(target, async (answer) => resolve({ status: answer.statusCode, body: await text(answer) })).on('error', reject);
  });
}

describe('what it tells without running', () => {
  test('--help, also where settings are wrong', async (t) => {
    const { code, stdout, stderr } = await runSidecar(t, 'logs', { LOGS_NONSENSE: '1' }, ['--help']);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Usage: sidekick\/logs /m);
    assert.match(stdout, /--in-flight, LOGS_IN_FLIGHT/);
  });

  test('--version', async (t) => {
    const { code, stdout } = await runSidecar(t, 'logs', {}, ['--version']);
    assert.deepEqual([code, stdout], [0, `sidekick/logs ${manifest.version} (Node ${process.versions.node})\n`]);
  });

  test('--print-settings, and a run with what it printed has the same', async (t) => {
    const { folder, env } = place(t);
    const first = await runSidecar(
      t,
      'logs',
      { ...env, LOGS_TO: 'http://localhost/', LOGS_TOKEN: 'hunter2', LOGS_LABELS: 'a=1,b= #' },
      ['--print-settings', '--flush=3s'],
    );
    assert.equal(first.code, 0);
    assert.doesNotMatch(first.stdout, /hunter2/);
    assert.match(first.stdout, /^LOGS_FLUSH=3s {2}# flag$/m);
    const file = join(folder, 'settings');
    writeFileSync(file, first.stdout);
    const bare = { LOGS_ADMIN: '' };
    const second = await runSidecar(t, 'logs', { ...bare, LOGS_TOKEN: 'hunter2' }, ['--print-settings', '--settings', file]);
    assert.equal(second.code, 0, second.stderr);
    const values = (printed: string) => printed.replaceAll(/ {2}# .*$/gm, '');
    assert.equal(values(second.stdout), values(first.stdout));
  });

  test('wrong settings: all of them on stderr, nothing on stdout, exit 64', async (t) => {
    const { code, stdout, stderr } = await runSidecar(t, 'logs', { LOGS_FLUSH: '3', LOGS_FLASH: '3s' }, ['--nonsense']);
    assert.deepEqual([code, stdout], [64, '']);
    for (const line of ['--nonsense', 'LOGS_FLASH', 'LOGS_FLUSH=3 ']) assert.ok(stderr.includes(`\n  ${line}`), stderr);
  });
});

describe('--check', () => {
  test('tells what it found and exits 0, leaving nothing behind', async (t) => {
    const { folder, env } = place(t);
    mkdirSync(env.LOGS_STATE);
    const receiver = await Receiver.start(t);
    const { code, stdout } = await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }, ['--check']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ok {4}files: 1 match and can be read$/m);
    assert.match(stdout, /^ok {4}state: .* can be written$/m);
    assert.match(stdout, /^ok {4}sink: http:.* answers/m);
    assert.deepEqual([readdirSync(folder).sort(), readdirSync(env.LOGS_STATE)], [['app.log', 'state'], []]);
    assert.deepEqual(receiver.batches, []);
  });

  test('tells everything that is not well, with the way on, and exits 1', async (t) => {
    const { folder, file } = place(t);
    const env = { LOGS_PATHS: folder, LOGS_STATE: join(file, 'state'), LOGS_TO: 'http://127.0.0.1:9/' };
    const { code, stdout } = await runSidecar(t, 'logs', env, ['--check']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAIL {2}files: .* is a folder; name the files in it/m);
    assert.match(stdout, /^FAIL {2}state: LOGS_STATE=.* is not a folder; name one that this user may write/m);
    assert.match(stdout, /^FAIL {2}sink: http:\/\/127\.0\.0\.1:9\/ cannot be reached: .*ECONNREFUSED/m);
  });

  test('does not take a refused token for well', async (t) => {
    const { env } = place(t);
    const server = (await import('node:http')).createServer((_, response) => response.writeHead(401).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const { code, stdout } = await runSidecar(t, 'logs', { ...env, LOGS_TO: `http://127.0.0.1:${address.port}/` }, ['--check']);
    assert.equal(code, 1);
    assert.match(stdout, /^FAIL {2}sink: .* answered 401; check LOGS_TOKEN/m);
  });

  for (const [signal, expected] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    test(`${signal} while it waits for a sink that does not answer exits ${expected}: no work was begun`, async (t) => {
      const { env } = place(t);
      const silent = createServer();
      const asked = new Promise((resolve) => silent.once('connection', resolve));
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      t.after(() => silent.close());
      const address = silent.address();
      assert.ok(address !== null && typeof address === 'object');
      const checking = startSidecar(t, 'logs', { ...env, LOGS_TO: `http://127.0.0.1:${address.port}/` }, ['--check']);
      await asked;
      const { code, stderr } = await checking.stop(signal);
      assert.equal(code, expected);
      assert.match(stderr, new RegExp(`${signal} before work began`));
    });
  }
});

describe('while it runs', () => {
  for (const where of ['TCP', 'a Unix socket']) {
    test(`it answers over ${where}, and --healthy asks it`, async (t) => {
      const { folder, env } = place(t);
      const receiver = await Receiver.start(t);
      const listen = where === 'TCP' ? '127.0.0.1:0' : `unix:${join(folder, 'admin.sock')}`;
      const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, LOGS_ADMIN: listen });
      const admin = await running.admin();
      await receiver.got(3);

      const live = await page(admin, '/livez');
      assert.equal(live.status, 200);
      await until('it is ready', async () => (await page(admin, '/readyz')).status === 200);
      assert.match((await page(admin, '/readyz')).body, /^\[\+\] files ok\n(?:.*\n)*ready\n$/);
      const metrics = await page(admin, '/metrics');
      assert.match(metrics.body, /^sidekick_logs_lines_total\{destination="http:\/\/127.0.0.1:\d+\/in"\} 3$/m);
      assert.match(metrics.body, new RegExp(`^sidekick_build_info\\{.*version="${manifest.version}".*\\} 1$`, 'm'));
      const status = JSON.parse((await page(admin, '/status')).body);
      assert.deepEqual([status.name, status.version, status.health.ready], ['logs', manifest.version, true]);
      assert.equal(status.files, 1);
      assert.deepEqual(status.destinations, [
        { name: receiver.url, state: 'ok', inFlightBatches: 0, lag: { [env.LOGS_PATHS]: { bytes: 0, seconds: 0 } } },
      ]);

      const asking = { LOGS_ADMIN: admin.replace('http://', '') };
      const healthy = await runSidecar(t, 'logs', asking, ['--healthy']);
      assert.deepEqual([healthy.code, healthy.stderr], [0, '']);
      assert.equal((await running.stop()).code, 0);
      const gone = await runSidecar(t, 'logs', asking, ['--healthy']);
      assert.equal(gone.code, 1);
      assert.match(gone.stdout, /cannot ask the admin server at/);
      if (where !== 'TCP') assert.equal(existsSync(join(folder, 'admin.sock')), false, 'the socket is gone');
    });
  }

  test('--healthy asks a sidecar that runs well, also where a file of its settings is gone or wrong by now', async (t) => {
    const { folder, env } = place(t);
    const receiver = await Receiver.start(t);
    const file = join(folder, 'to');
    writeFileSync(file, receiver.url);
    const given = { ...env, LOGS_TO_FILE: file, LOGS_ADMIN: `unix:${join(folder, 'admin.sock')}` };
    const running = startSidecar(t, 'logs', given);
    await running.admin();
    for (const change of [() => writeFileSync(file, 'nonsense'), () => writeFileSync(file, ''), () => rmSync(file)]) {
      change();
      const { code, stdout, stderr } = await runSidecar(t, 'logs', given, ['--healthy']);
      assert.equal(code, 0, stdout + stderr);
    }
  });

  test('--healthy with the admin server off has nothing to ask, and exits 0', async (t) => {
    const { code, stdout } = await runSidecar(t, 'logs', { LOGS_ADMIN: 'off' }, ['--healthy']);
    assert.equal(code, 0);
    assert.match(stdout, /admin server is off/);
  });

  test('its metrics pass promtool, whatever is in them', needs('promtool'), async (t) => {
    const { folder, env } = place(t);
    writeFileSync(join(folder, 'a "b" \\.log'), 'x\n');
    const receiver = await Receiver.start(t);
    const paths = `${env.LOGS_PATHS},${folder}/*.log`;
    const running = startSidecar(t, 'logs', { ...env, LOGS_PATHS: paths, LOGS_TO: receiver.url, LOGS_ADMIN: '127.0.0.1:0' });
    const admin = await running.admin();
    await receiver.got(4);
    const { body } = await page(admin, '/metrics');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}\n${body}`);
    assert.match(body, /^sidekick_logs_health\{part="sink",state="ok"\} 1$/m);
    await running.stop();
  });

  for (const [what, code, told] of [
    ['a folder that is not there', 64, 'is in a folder that does not exist'],
    ['a file that is no socket', 64, 'is listened on by another program, or is no socket'],
    ['a folder of another user', 77, 'is in a folder that this user may not write to'],
  ] as const) {
    test(`an admin socket in the place of ${what}: ${code}`, needs(...(code === 77 ? (['root'] as const) : [])), async (t) => {
      const { folder, env } = place(t);
      const sockets = { 64: what.includes('file') ? env.LOGS_PATHS : join(folder, 'absent', 'admin'), 77: join(folder, 'admin') };
      const child = spawn(process.execPath, [main], {
        env: { PATH: process.env.PATH, ...env, LOGS_TO: 'stdout:', LOGS_ADMIN: `unix:${sockets[code]}` },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(code === 77 && { uid: 65_534, gid: 65_534 }),
      });
      const ended = await new SidecarProcess(child).ended;
      assert.equal(ended.code, code, ended.stderr);
      assert.ok(ended.stderr.includes(`LOGS_ADMIN=unix:${sockets[code]} ${told}; give another`), ended.stderr);
    });
  }

  test('a job serves no admin unless it is asked to', async (t) => {
    const { env } = place(t);
    const job = await runSidecar(t, 'logs', { ...env, LOGS_ADMIN: '' }, ['--once']);
    assert.equal(job.code, 0);
    assert.match(job.stderr, /"admin":"off","msg":"started"/);
    const asked = await runSidecar(t, 'logs', { ...env, LOGS_ADMIN: '127.0.0.1:0' }, ['--once']);
    assert.match(asked.stderr, /"admin":"http:.*","msg":"started"/);
  });

  test('its log is on stdout, and on stderr where stdout is the result', async (t) => {
    const { env } = place(t);
    const receiver = await Receiver.start(t);
    const shipping = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url });
    await receiver.got(3);
    const ended = await shipping.stop();
    assert.equal(ended.stderr, '');
    assert.match(ended.stdout, /"msg":"started"/);
    const printing = await runSidecar(t, 'logs', { ...env, LOGS_STATE: `${env.LOGS_STATE}2` }, ['--once']);
    assert.equal(printing.stdout.trimEnd().split('\n').length, 3);
    assert.doesNotMatch(printing.stdout, /started/);
  });
});

describe('how it ends', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal}: what was written is shipped, and it exits 0`, async (t) => {
      const { file, env } = place(t);
      const receiver = await Receiver.start(t);
      const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, LOGS_FLUSH: '1m', LOGS_RESCAN: '1m' });
      await running.says('started');
      await until('it follows', () => existsSync(join(env.LOGS_STATE, 'positions.json')));
      appendFileSync(file, 'the last words\n');
      const { code, stdout } = await running.stop(signal);
      assert.equal(code, 0, stdout);
      assert.deepEqual(receiver.messages, [...linesOf(3), 'the last words']);
      assert.match(stdout, /"msg":"ended"/);
    });

    test(`a second ${signal} leaves at once`, async (t) => {
      const { env } = place(t);
      const receiver = await Receiver.start(t);
      receiver.behave = () => 'silence';
      const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, SIDEKICK_GRACE: '5m' });
      await until('a batch is in flight', () => receiver.refusals.length > 0);
      running.child.kill(signal);
      await running.says('stopping');
      const { code, stderr } = await running.stop(signal);
      assert.equal(code, signal === 'SIGTERM' ? 143 : 130);
      assert.equal(stderr, '', 'its log is on stdout');
      assert.equal(running.log.at(-1)?.msg, `a second ${signal}: leaving now`);
    });
  }

  for (const kind of ['pipe', 'socket']) {
    test(`a reader of stdout that does not read (a ${kind}) does not keep it: the rest is left for the next start`, async (t) => {
      const { folder, env } = place(t, 20_000);
      let out: number | 'pipe' = 'pipe';
      let readerFd: number | undefined;
      if (kind === 'pipe') {
        const fifo = join(folder, 'fifo');
        assert.equal(spawnSync('mkfifo', [fifo]).status, 0);
        // opened for both, so that neither opening nor writing waits for anybody
        readerFd = openSync(fifo, 'r+');
        out = openSync(fifo, 'w');
      }
      const child = spawn(process.execPath, [main], {
        env: { PATH: process.env.PATH, LOGS_ADMIN: 'off', SIDEKICK_GRACE: '4s', ...env },
        stdio: ['ignore', out, 'pipe'],
      });
      t.after(() => child.kill('SIGKILL'));
      let stderr = '';
      child.stderr?.setEncoding('utf8').on('data', (part: string) => {
        stderr += part;
      });
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      await until('it began', () => stderr.includes('"part":"watch"') || stderr.includes('"part":"files"'));
      child.kill('SIGTERM');
      // ended by the grace it would be 1
      assert.equal(await ended, 0, stderr);
      if (typeof out === 'number') closeSync(out);
      if (readerFd !== undefined) closeSync(readerFd);

      const receiver = await Receiver.start(t);
      assert.equal((await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }, ['--once'])).code, 0);
      assert.equal(new Set(receiver.messages).size, receiver.messages.length);
      assert.ok(receiver.messages.includes('line 19999'));
    });
  }

  test('a reader of stdout that went away: exit 1, and says so', async (t) => {
    const { file, env } = place(t, 20_000);
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, LOGS_ADMIN: 'off', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const running = new SidecarProcess(child);
    await until('records were printed', () => running.stdout.length > 0);
    child.stdout?.destroy();
    const writing = setInterval(() => appendFileSync(file, 'more\n'), 50);
    t.after(() => clearInterval(writing));
    const { code, stderr } = await running.ended;
    assert.equal(code, 1);
    assert.match(stderr, /"level":"fatal".*stdout was closed by its reader/);
  });

  for (const [what, code] of [
    ['an uncaught error', "process.on('SIGUSR2', () => { throw new Error('boom'); })"],
    ['an unhandled rejection', "process.on('SIGUSR2', () => { Promise.reject(new Error('boom')); })"],
  ] as const) {
    test(`${what}: logged, and exit 1`, async (t) => {
      const { env } = place(t);
      const receiver = await Receiver.start(t);
      const inject = `--import=data:text/javascript,${encodeURIComponent(code)}`;
      const running = startSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url, NODE_OPTIONS: inject });
      await receiver.got(3);
      const ended = await running.stop('SIGUSR2');
      assert.deepEqual([ended.code, ended.signal], [1, null]);
      assert.ok(
        running.log.some(({ level, msg }) => level === 'fatal' && msg === 'failed: boom'),
        ended.stdout,
      );
    });
  }
});
