import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, type SidecarProcess, startSidecar } from '#harness/process.ts';
import { type ReceivedRecord, Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';

const main = fileURLToPath(new URL('../../../sidecars/logs/main.ts', import.meta.url));

/** One sink under test, as its receiver sees it. */
interface Bench {
  readonly env: Readonly<Record<string, string>>;
  /** Everything that arrived. @throws where a record is not whole. */
  readonly records: (sidecar: SidecarProcess) => readonly ReceivedRecord[];
  /** Takes the receiver away before the sidecar starts, and gives it back; absent where it cannot be away. */
  readonly away?: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> };
}

const benches: Readonly<Record<string, (t: TestContext) => Promise<Bench>>> = {
  'stdout:': async () => ({ env: { LOGS_TO: 'stdout:' }, records: ({ stdout }) => parse(stdout) }),
  'http://': async (t) => overHttp(await Receiver.start(t), {}),
  'https://': async (t) => {
    const { key, cert, ca } = authority(t);
    const receiver = await Receiver.start(t, {
      create: (handler) => createHttpsServer({ key, cert }, handler) as never,
      scheme: 'https',
    });
    return overHttp(receiver, { LOGS_CA: ca });
  },
  'file:///': async (t) => {
    const parent = temporaryFolder(t);
    const folder = join(parent, 'out');
    return { env: { LOGS_TO: `file://${folder}`, LOGS_HOST: 'web' }, records: () => parse(written(folder)) };
  },
};

function overHttp(receiver: Receiver, env: Record<string, string>): Bench {
  return {
    env: { LOGS_TO: receiver.url, ...env },
    records: () => receiver.records,
    away: { begin: () => receiver.close(), end: () => receiver.open() },
  };
}

for (const [name, open] of Object.entries(benches)) {
  describe(`a sink: ${name}`, name === 'https://' ? needs('openssl') : {}, () => {
    test('gets every record of a job, whole, once and in order', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 5000);
      const job = startSidecar(
        t,
        'logs',
        { ...settings, LOGS_HOST: 'web', LOGS_LABELS: 'app=shop,k=ü "q"', LOGS_IN_FLIGHT: '1', ...env },
        ['--once', '--batch-bytes=16Ki'],
      );
      const { code, stderr } = await job.ended;
      assert.equal(code, 0, stderr);
      const got = records(job);
      assert.deepEqual(
        got.map(({ message }) => message),
        linesOf(5000),
      );
      for (const record of got) {
        const { time, message: _, ...rest } = record;
        assert.deepEqual(rest, { file, host: 'web', app: 'shop', k: 'ü "q"' });
        assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      }
    });

    test('gets what is hard to write, as it was', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 0);
      const hard = ['', '"quoted" \\ and \t tabs', 'ä€😀\u2028', '\u0000\u001f\u007f', `{"json":"in it"}`, 'x'.repeat(100_000)];
      writeFileSync(file, `${hard.join('\n')}\n`);
      const job = startSidecar(t, 'logs', { ...settings, ...env }, ['--once', '--batch-bytes=4Ki']);
      assert.equal((await job.ended).code, 0);
      assert.deepEqual(
        records(job)
          .map(({ message }) => message)
          .sort(),
        hard.sort(),
      );
    });

    test('gets a record larger than a batch, and an overlong line in marked pieces', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 0);
      const long = '€'.repeat(20_000);
      writeFileSync(file, `${long}\n`);
      const job = startSidecar(t, 'logs', { ...settings, ...env }, ['--once', '--max-line=8000B', '--batch-bytes=4Ki']);
      assert.equal((await job.ended).code, 0);
      const pieces = [...records(job)].sort((a, b) => Number(a.partial_ordinal) - Number(b.partial_ordinal));
      assert.equal(pieces.map(({ message }) => message).join(''), long);
      assert.deepEqual(
        pieces.map(({ partial_ordinal, partial_last }) => [partial_ordinal, partial_last]),
        pieces.map((_, index) => [index + 1, index === pieces.length - 1]),
      );
      assert.equal(new Set(pieces.map(({ partial_id }) => partial_id)).size, 1);
    });

    test('gets lines while they are written, and those that are left when it is told to stop', async (t) => {
      const { env, records } = await open(t);
      const { file, settings } = place(t, 10);
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await until('the first lines arrived', () => records(running).length === 10);
      appendFileSync(file, 'more\n');
      await until('the next line arrived', () => records(running).length === 11);
      appendFileSync(file, 'last\n');
      assert.equal((await running.stop()).code, 0);
      assert.deepEqual(
        records(running).map(({ message }) => message),
        [...linesOf(10), 'more', 'last'],
      );
    });

    test('is not sent anything by --check', async (t) => {
      const { env, records } = await open(t);
      const { settings } = place(t, 10);
      mkdirSync(settings.LOGS_STATE);
      const checking = startSidecar(t, 'logs', { ...settings, ...env, LOGS_TO: env.LOGS_TO ?? '' }, ['--check']);
      const { code, stdout } = await checking.ended;
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok {4}sink: /m);
      assert.doesNotMatch(stdout, /"message"/);
      if (name !== 'stdout:') assert.deepEqual(records(checking), []);
    });

    // stdout and folders are there, or the settings are refused
    if (!name.startsWith('http')) return;

    test('that is away at first gets everything once it is there', async (t) => {
      const { env, records, away } = await open(t);
      assert.ok(away);
      const { settings } = place(t, 100);
      await away.begin();
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await running.says('cannot be reached');
      await away.end();
      await until('all arrived', () => records(running).length >= 100);
      await running.says('ok');
      assert.equal((await running.stop()).code, 0);
      assert.deepEqual(
        records(running).map(({ message }) => message),
        linesOf(100),
      );
    });
  });
}

describe('stdout', () => {
  test('may be a file', async (t) => {
    const { folder, file, settings } = place(t, 5000);
    const path = join(folder, 'out.ndjson');
    const out = openSync(path, 'w');
    t.after(() => closeSync(out));
    const child = spawn(process.execPath, [main, '--once', file], {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', out, 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.deepEqual(
      parse(readFileSync(path, 'utf8')).map(({ message }) => message),
      linesOf(5000),
    );
  });

  test('a reader that takes its time gets everything', async (t) => {
    const { settings, file } = place(t, 50_000);
    const child = spawn(process.execPath, [main, '--once', file], {
      env: { PATH: process.env.PATH, ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.after(() => child.kill('SIGKILL'));
    let text = '';
    for await (const part of child.stdout.setEncoding('utf8')) {
      text += part;
      await pause(1);
    }
    assert.deepEqual(
      parse(text).map(({ message }) => message),
      linesOf(50_000),
    );
  });
});

describe('http', () => {
  test('a batch has the same Idempotency-Key whenever it is sent, and different ones differ', async (t) => {
    const receiver = await Receiver.start(t);
    const keys: string[] = [];
    const tries = new Map<string, number>();
    receiver.behave = ({ headers }) => {
      const key = String(headers['idempotency-key']);
      keys.push(key);
      tries.set(key, (tries.get(key) ?? 0) + 1);
      return (tries.get(key) ?? 0) < 3 ? 503 : 200;
    };
    const { settings } = place(t, 2000);
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '32Ki' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.ok(tries.size > 3, 'there were several batches');
    assert.ok([...tries.values()].every((count) => count === 3));
    assert.equal(new Set(receiver.batches.map(({ id }) => id)).size, receiver.batches.length);
    assert.deepEqual([...receiver.messages].sort(), linesOf(2000).sort());
  });

  test('the key is the same after a restart that sends the same lines again', async (t) => {
    const receiver = await Receiver.start(t);
    const { settings } = place(t, 10);
    const keys: string[] = [];
    receiver.behave = ({ headers }) => {
      keys.push(String(headers['idempotency-key']));
      return keys.length === 1 ? 'silence' : 200;
    };
    const first = startSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url });
    await until('the first batch was sent', () => keys.length === 1);
    await first.stop('SIGKILL');
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
  });

  test('a bearer token and header fields from files', async (t) => {
    const receiver = await Receiver.start(t);
    const { folder, settings } = place(t, 1);
    writeFileSync(join(folder, 'token'), 's3cret\n');
    writeFileSync(join(folder, 'headers'), 'X-Scope-OrgID: me\nX-Other: a: b\n');
    const secrets = { LOGS_TOKEN_FILE: join(folder, 'token'), LOGS_HEADERS_FILE: join(folder, 'headers') };
    const ended = await runSidecar(t, 'logs', { ...settings, ...secrets, LOGS_TO: receiver.url, SIDEKICK_LOG_LEVEL: 'trace' }, [
      '--once',
    ]);
    assert.equal(ended.code, 0);
    const headers = receiver.batches[0]?.headers ?? {};
    assert.equal(headers.authorization, 'Bearer s3cret');
    assert.equal(headers['x-scope-orgid'], 'me');
    assert.equal(headers['x-other'], 'a: b');
    assert.equal(headers['content-type'], 'application/x-ndjson');
    assert.doesNotMatch(ended.stdout + ended.stderr, /s3cret/);
  });

  test('basic authentication', async (t) => {
    const receiver = await Receiver.start(t);
    const { folder, settings } = place(t, 1);
    writeFileSync(join(folder, 'password'), 'p:ä\n');
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_USER: 'me', LOGS_PASSWORD_FILE: join(folder, 'password') };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    const sent = String(receiver.batches[0]?.headers.authorization);
    assert.equal(Buffer.from(sent.replace('Basic ', ''), 'base64').toString(), 'me:p:ä');
  });

  for (const status of [200, 201, 202, 204]) {
    test(`${status} acknowledges`, async (t) => {
      const receiver = await Receiver.start(t);
      receiver.behave = () => status;
      const { settings } = place(t, 3);
      assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
      assert.equal(receiver.batches.length, 1);
      assert.deepEqual(receiver.messages, linesOf(3));
    });
  }

  const failures = {
    'an error of the server': { behaviour: 500, told: 'answered 500' },
    'too many requests, with Retry-After': { behaviour: 429, told: 'answered 429', answer: { 'retry-after': '1' } },
    'a refusal': { behaviour: 403, told: 'answered 403; check LOGS_TOKEN' },
    'a redirection': { behaviour: 302, told: 'answered 302; check LOGS_TO' },
    'too large a body': { behaviour: 413, told: 'answered 413; lower LOGS_BATCH_BYTES' },
    'a broken connection': { behaviour: 'reset', told: 'cannot be reached' },
    'no answer within LOGS_TIMEOUT': { behaviour: 'silence', told: 'cannot be reached' },
  } as const;
  for (const [what, failure] of Object.entries(failures)) {
    test(`${what} is told, and sent again until it is acknowledged`, async (t) => {
      const receiver = await Receiver.start(t);
      let refusals = 2;
      receiver.behave = () => (refusals-- > 0 ? failure.behaviour : 200);
      receiver.answerHeaders = 'answer' in failure ? failure.answer : {};
      const { settings } = place(t, 3);
      const ended = await runSidecar(
        t,
        'logs',
        { ...settings, LOGS_TO: receiver.url, LOGS_TIMEOUT: '300ms', LOGS_IN_FLIGHT: '1' },
        ['--once'],
      );
      assert.equal(ended.code, 0, ended.stderr);
      assert.ok(ended.stderr.includes(failure.told), ended.stderr);
      assert.deepEqual(receiver.refusals, [failure.behaviour, failure.behaviour]);
      assert.deepEqual(receiver.messages, linesOf(3));
    });
  }

  test('Retry-After is waited for', async (t) => {
    const arrivals: number[] = [];
    const receiver = await Receiver.start(t);
    receiver.behave = () => (arrivals.push(performance.now()) === 1 ? 503 : 200);
    receiver.answerHeaders = { 'retry-after': '2' };
    const { settings } = place(t, 3);
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    const [first = 0, second = 0] = arrivals;
    assert.ok(second - first >= 2000, 'a receiver that asks for two seconds gets them');
  });

  test('at most LOGS_IN_FLIGHT requests at a time, on as many connections that are kept', async (t) => {
    let now = 0;
    let most = 0;
    const sockets = new Set<unknown>();
    let requests = 0;
    const server = createHttpServer((request, response) => {
      now += 1;
      requests += 1;
      most = Math.max(most, now);
      sockets.add(request.socket);
      request.resume().on('end', () =>
        setTimeout(() => {
          now -= 1;
          response.writeHead(204).end();
        }, 20),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const { settings } = place(t, 5000);
    const env = { ...settings, LOGS_TO: `http://127.0.0.1:${address.port}/`, LOGS_IN_FLIGHT: '2', LOGS_BATCH_BYTES: '16Ki' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.ok(requests > 10, `${requests} requests`);
    assert.equal(most, 2);
    assert.equal(sockets.size, 2);
  });

  test('a certificate of an authority that is not trusted is told, and nothing is sent', needs('openssl'), async (t) => {
    const { key, cert } = authority(t);
    const { ca } = authority(t);
    const receiver = await Receiver.start(t, {
      create: (handler) => createHttpsServer({ key, cert }, handler) as never,
      scheme: 'https',
    });
    const { settings } = place(t, 3);
    for (const trust of [{}, { LOGS_CA: ca }]) {
      const running = startSidecar(t, 'logs', { ...settings, ...trust, LOGS_TO: receiver.url });
      await until('it is told', () =>
        running.log.some(({ part, msg }) => part === 'sink' && /cannot be reached: .*certificate/i.test(String(msg))),
      );
      await running.stop('SIGKILL');
    }
    assert.deepEqual(receiver.batches, []);
    const checked = await runSidecar(t, 'logs', { ...settings, LOGS_CA: ca, LOGS_TO: receiver.url }, ['--check']);
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /^FAIL {2}sink: .*certificate/im);
  });
});

describe('file', () => {
  const out = (t: TestContext) => {
    const folder = join(temporaryFolder(t), 'out');
    mkdirSync(folder);
    return { folder, env: { LOGS_TO: `file://${folder}`, LOGS_HOST: 'web' } };
  };

  test('one file for each host and day', async (t) => {
    const { folder, env } = out(t);
    const { settings } = place(t, 3);
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env, LOGS_HOST: 'web/1' }, ['--once'])).code, 0);
    assert.match(recordFiles(folder).join(), /^web_1-\d{4}-\d\d-\d\d\.ndjson$/);
  });

  test('its own folder is not followed, though a glob matches', async (t) => {
    const { folder, settings } = place(t, 3);
    const env = { ...settings, LOGS_PATHS: `${folder}/**/*`, LOGS_TO: `file://${folder}/out`, LOGS_HOST: 'web' };
    for (let run = 0; run < 2; run += 1) assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(join(folder, 'out'))).map(({ message }) => message),
      linesOf(3),
    );
  });

  test('the torn record that a crash left is cut off', async (t) => {
    const { folder, env } = out(t);
    const { file, settings } = place(t, 3);
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    const [name = ''] = recordFiles(folder);
    appendFileSync(join(folder, name), `{"time":"2026","message":"${'torn'.repeat(50_000)}`);
    appendFileSync(file, 'after\n');
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      [...linesOf(3), 'after'],
    );
  });

  test('a file of nothing but a torn record is begun again', async (t) => {
    const { folder, env } = out(t);
    const { settings } = place(t, 3);
    writeFileSync(join(folder, `web-${new Date().toISOString().slice(0, 10)}.ndjson`), 'torn'.repeat(50_000));
    assert.equal((await runSidecar(t, 'logs', { ...settings, ...env }, ['--once'])).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      linesOf(3),
    );
  });

  test('a second sidecar with the same host name is refused, one with another is not', async (t) => {
    const { folder, env } = out(t);
    const { file, settings } = place(t, 3);
    const first = startSidecar(t, 'logs', { ...settings, ...env });
    await until('the first writes', () => recordFiles(folder).length === 1);
    const other = { ...settings, ...env, LOGS_STATE: `${settings.LOGS_STATE}2` };
    const second = await runSidecar(t, 'logs', other, ['--once']);
    assert.equal(second.code, 64);
    assert.match(second.stderr, /LOGS_TO=file:.* is written by another sidecar as host web; set LOGS_HOST/);
    assert.equal((await runSidecar(t, 'logs', { ...other, LOGS_HOST: 'db' }, ['--once'])).code, 0);
    appendFileSync(file, 'more\n');
    assert.equal((await first.stop()).code, 0);
    assert.equal(parse(written(folder)).length, 7);
  });

  for (const [what, disturb] of [
    ['deleted', unlinkSync],
    ['emptied', (path: string) => truncateSync(path)],
  ] as const) {
    test(`a file that was ${what} is begun again`, async (t) => {
      const { folder, env } = out(t);
      const { file, settings } = place(t, 3);
      const running = startSidecar(t, 'logs', { ...settings, ...env });
      await until('it writes', () => parse(written(folder)).length === 3);
      disturb(join(folder, recordFiles(folder)[0] ?? ''));
      appendFileSync(file, 'after\n');
      await until('it writes again', () => written(folder).includes('after'));
      assert.deepEqual(
        parse(written(folder)).map(({ message }) => message),
        ['after'],
      );
      assert.equal((await running.stop()).code, 0);
    });
  }

  test('a full disk: told, and when there is room again nothing is missing, torn or twice', needs('linux', 'root'), async (t) => {
    const folder = temporaryMount(t, 'size=2m');
    const ballast = fill(folder);
    truncateSync(ballast, 2 ** 21 - 200_000);
    const { settings } = place(t, 10_000);
    const env = { ...settings, LOGS_TO: `file://${folder}`, LOGS_HOST: 'web', LOGS_BATCH_BYTES: '64Ki' };
    const running = startSidecar(t, 'logs', env);
    await running.says('ENOSPC');
    unlinkSync(ballast);
    await until('everything is written', () => written(folder).split('\n').length > 10_000);
    assert.equal((await running.stop()).code, 0);
    assert.deepEqual(
      parse(written(folder)).map(({ message }) => message),
      linesOf(10_000),
    );
  });
});

/** A log file with numbered lines, and the settings that follow it. */
function place(t: TestContext, count: number) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  writeFileSync(
    file,
    linesOf(count)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return { folder, file, settings: { LOGS_PATHS: file, LOGS_STATE: join(folder, 'state') } };
}

function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index}`);
}

/** The records in a text of NDJSON. @throws where one is torn. */
function parse(text: string): ReceivedRecord[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last record is whole');
  return lines.map((line) => JSON.parse(line));
}

function recordFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort();
}

/** What a file sink wrote; nothing where it has not begun. */
function written(folder: string): string {
  try {
    return recordFiles(folder)
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** A certificate authority made for one test, and a certificate of it for the loopback. `ca` is the path of the authority's own. */
function authority(t: TestContext): { key: string; cert: string; ca: string } {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...newKey, '-subj', '/CN=test authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', '-x509', ...newKey, ...signed, '-subj', '/CN=receiver', '-keyout', at('key.pem'), '-out', at('cert.pem'));
  return { key: readFileSync(at('key.pem'), 'utf8'), cert: readFileSync(at('cert.pem'), 'utf8'), ca: at('ca.pem') };
}
