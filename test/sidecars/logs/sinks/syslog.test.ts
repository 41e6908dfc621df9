import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { Authority } from '#harness/certificates.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { freePort } from '#harness/free-port.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, type SidecarProcess, startSidecar } from '#harness/process.ts';
import { Rsyslog } from '#harness/rsyslog.ts';
import { type StrictMessage, SyslogReceiver, strictMessage } from '#harness/syslog-receiver.ts';
import { until } from '#harness/until.ts';
import type { LogRecord } from '../../../../sidecars/logs/record/format.ts';
import { messagesOf, type SyslogFacts, syslogFormat } from '../../../../sidecars/logs/record/syslog-format.ts';
import { SyslogLine } from '../../../../sidecars/logs/sinks/syslog-line.ts';

function scene(t: TestContext, to: string, more: Readonly<Record<string, string>> = {}) {
  const folder = temporaryFolder(t);
  const file = join(folder, 'app.log');
  const env = {
    LOGS_PATHS: file,
    LOGS_TO: to,
    LOGS_STATE: join(folder, 'state'),
    LOGS_HOST: 'web',
    LOGS_FLUSH: '20ms',
    ...more,
  };
  return { folder, file, env };
}

function linesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `line ${index} ${'x'.repeat(index % 70)}`);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

const textOf = ({ message }: { readonly message: string }) => message;

describe('the messages', () => {
  const facts: SyslogFacts = { host: 'web', labels: {}, facility: 'local0', severity: 'info', app: undefined };
  const record: LogRecord = {
    file: '/var/log/nginx/access.log',
    time: '2026-11-27T06:25:00.123Z',
    stream: undefined,
    message: Buffer.from('GET /'),
    fields: undefined,
    piece: undefined,
  };

  function written(of: Partial<LogRecord>, more: Partial<SyslogFacts> = {}, most?: number) {
    const format = syslogFormat({ ...facts, ...more }, most);
    const count = { repaired: 0 };
    const need = -format.write({ ...record, ...of }, Buffer.alloc(0), 0, count);
    const output = Buffer.alloc(need + 10);
    assert.equal(count.repaired, 0);
    assert.equal(format.write({ ...record, ...of }, output.subarray(0, need + 3), 4, { repaired: 0 }), -need);
    assert.equal(format.write({ ...record, ...of }, output, 4, count), need);
    const body = output.subarray(4, 4 + need);
    return { ...count, body, messages: [...messagesOf(body)].map(strictMessage) };
  }

  test('are what RFC 5424 says', () => {
    const { body } = written({}, { labels: { env: 'prod' } });
    const message =
      '<134>1 2026-11-27T06:25:00.123Z web access - - [sidekick@32473 file="/var/log/nginx/access.log" env="prod"] GET /';
    assert.equal(body.toString(), `${message.length} ${message}`);
  });

  test('have the facility and the severity that are asked for, and err for stderr', () => {
    const priority = (stream: string | undefined, more: Partial<SyslogFacts> = {}) =>
      written({ stream }, more).messages[0]?.priority;
    assert.equal(priority('stdout'), 134);
    assert.equal(priority('stderr'), 131);
    assert.equal(priority('stderr', { facility: 'daemon', severity: 'notice' }), 29);
  });

  test('hold to the grammar, whatever host, file, labels and line are', () => {
    const file = '/lo"g]s\\/ä\n/a name with spaces and more than forty-eight characters.old.log';
    const { messages, repaired } = written(
      {
        file,
        message: Buffer.from('\u0000 ]"\\ \n\r\n \uFEFF', 'utf8'),
        piece: { id: '1:2:0', ordinal: 2, last: false },
        stream: 'stdout',
      },
      { host: `wéb ${'x'.repeat(300)}`, labels: { 'a=b "c"]': 'x]y', long: 'é'.repeat(1000) } },
    );
    assert.equal(repaired, 0);
    const [message] = messages as [StrictMessage];
    assert.equal(message.message, '\u0000 ]"\\ \n\r\n \uFEFF');
    assert.equal(message.app, 'a_name_with_spaces_and_more_than_forty-eight_cha');
    assert.equal(message.host.length, 255);
    assert.deepEqual(message.data, {
      file,
      stream: 'stdout',
      a_b__c__: 'x]y',
      long: 'é'.repeat(1000),
      partial_id: '1:2:0',
      partial_ordinal: '2',
      partial_last: 'false',
    });
    for (const host of ['', ' ']) assert.match(written({}, { host }).messages[0]?.host ?? '', /^[-_]$/);
    assert.equal(written({}, { app: 'my app' }).messages[0]?.app, 'my_app');
    assert.equal(written({ file: '/var/log/syslog' }).messages[0]?.app, 'syslog');
    assert.equal(written({ message: Buffer.alloc(0) }).messages[0]?.message, '');
  });

  test('have the time of the record as far as RFC 5424 takes it', () => {
    for (const [time, expected] of [
      ['2026-11-27T06:25:00.123456789Z', '2026-11-27T06:25:00.123456Z'],
      ['2026-11-27t06:25:00z', '2026-11-27T06:25:00Z'],
      ['2016-12-31T23:59:60.5+01:00', '2016-12-31T23:59:59.5+01:00'],
      ['yesterday', '-'],
    ])
      assert.equal(written({ time: time as string }).messages[0]?.time, expected);
  });

  test('are well-formed UTF-8, each ill-formed sequence as U+FFFD', () => {
    const { messages, repaired } = written({ message: Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x62, 0xc3, 0xa4, 0xf0, 0x9f]) });
    assert.equal(messages[0]?.message, 'a\uFFFD\uFFFDbä\uFFFD');
    assert.equal(repaired, 3);
  });

  test('that are too long for a datagram become several, between characters, each with its number', () => {
    const long = 'ä€😀'.repeat(500);
    const { body, messages } = written({ message: Buffer.from(long) }, {}, 1000);
    assert.equal(messages.map(textOf).join(''), long);
    assert.deepEqual(
      messages.map(({ data }) => data.part),
      messages.map((_, index) => `${index + 1}/${messages.length}`),
    );
    for (const message of messagesOf(body)) assert.ok(message.length <= 1000);
    assert.equal(written({ message: Buffer.from('short') }, {}, 1000).messages[0]?.data.part, undefined);
    const crowded = written({ message: Buffer.from('x'.repeat(2000)) }, { labels: { much: 'y'.repeat(1000) } }, 1000);
    assert.equal(crowded.messages.map(textOf).join(''), 'x'.repeat(2000));
    assert.equal(crowded.messages.length, 4);
  });
});

describe('rsyslog', needs('rsyslog'), () => {
  test('understands what comes by TCP: every line, once and in order', async (t) => {
    const rsyslog = await Rsyslog.start(t);
    const { file, env } = scene(t, `syslog+tcp://127.0.0.1:${rsyslog.port}`, { LOGS_LABELS: 'app=shop', LOGS_IN_FLIGHT: '1' });
    const lines = [...linesOf(3000), '"quoted" \\ ] and \t tabs', 'ä€😀', 'x'.repeat(100_000)];
    writeFileSync(file, text(lines));
    const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true', LOGS_BATCH_BYTES: '16Ki' });
    assert.equal(code, 0, stderr);
    await until('rsyslog wrote all of them', () => rsyslog.messages.length >= lines.length);
    assert.deepEqual(
      rsyslog.messages.map(textOf),
      lines.map((line) => line),
    );
    for (const { priority, host, app, data, time } of rsyslog.messages) {
      assert.deepEqual([priority, host, app], ['134', 'web', 'app']);
      assert.equal(data, `[sidekick@32473 file="${file}" app="shop"]`);
      assert.ok(Math.abs(Date.parse(time) - Date.now()) < 600_000, time);
    }
  });

  test('understands what comes by UDP', async (t) => {
    const rsyslog = await Rsyslog.start(t);
    const { file, env } = scene(t, `syslog+udp://127.0.0.1:${rsyslog.port}`, { LOGS_SYSLOG_FACILITY: 'daemon' });
    const lines = linesOf(100);
    writeFileSync(file, text(lines));
    const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
    assert.equal(code, 0, stderr);
    await until('rsyslog wrote all of them', () => rsyslog.messages.length >= lines.length);
    assert.deepEqual(rsyslog.messages.map(textOf), lines);
    assert.equal(rsyslog.messages[0]?.priority, '30');
  });

  test('that goes away and comes back gets every line', async (t) => {
    const rsyslog = await Rsyslog.start(t);
    const { file, env } = scene(t, `syslog+tcp://127.0.0.1:${rsyslog.port}`);
    const lines = linesOf(3000);
    writeFileSync(file, text(lines.slice(0, 1000)));
    const sidecar = startSidecar(t, 'logs', env);
    await until('the first lines are there', () => rsyslog.messages.length >= 1000);
    await rsyslog.stop();
    appendFileSync(file, text(lines.slice(1000, 2000)));
    await sidecar.says('cannot be sent to');
    await rsyslog.begin();
    appendFileSync(file, text(lines.slice(2000)));
    await until('all lines are there', () => new Set(rsyslog.messages.map(textOf)).size === lines.length);
    assert.equal((await sidecar.stop()).code, 0);
    assert.deepEqual([...new Set(rsyslog.messages.map(textOf))].toSorted(), lines.toSorted());
  });
});

/** A batch is larger than all that the systems on both sides hold: it has arrived when the receiver has read most of it. */
const large = { LOGS_BATCH_BYTES: '16Mi', LOGS_FLUSH: '1h' };
const longLines = Array.from({ length: 1000 }, (_, index) => `${index} ${'x'.repeat(18_000)}`);

test('over TCP a connection that is reset within a batch, again and again, loses nothing', async (t) => {
  const receiver = await SyslogReceiver.start(t);
  receiver.behave = (socket, number) => {
    let bytes = 0;
    if (number < 4)
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > number * 500_000) socket.resetAndDestroy();
      });
    return false;
  };
  const { file, env } = scene(t, `syslog+tcp://127.0.0.1:${receiver.port}`, large);
  writeFileSync(file, text(longLines));
  const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
  assert.equal(code, 0, stderr);
  await receiver.got(longLines.length);
  assert.deepEqual(new Set(receiver.messages.map(textOf)), new Set(longLines));
  assert.deepEqual(receiver.violations, []);
  assert.equal(receiver.accepted, 4);
});

test('what waits in our own system has not arrived: with the connection lost, it is sent again', async (t) => {
  const receiver = await SyslogReceiver.start(t);
  // it takes the first connection, and reads nothing
  receiver.behave = (socket, number) => {
    if (number === 1) setTimeout(() => socket.pause().resetAndDestroy(), 300);
    return number === 1;
  };
  const { file, env } = scene(t, `syslog+tcp://127.0.0.1:${receiver.port}`, large);
  writeFileSync(file, text(longLines));
  const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
  assert.match(stderr, /cannot be sent to: .*ECONNRESET/);
  assert.equal(code, 0, stderr);
  await receiver.got(longLines.length);
  assert.deepEqual(new Set(receiver.messages.map(textOf)), new Set(longLines));
});

test('killed in the midst of it, it begins again at what was acknowledged, and nothing is lost', async (t) => {
  const receiver = await SyslogReceiver.start(t);
  const { file, env } = scene(t, `syslog+tcp://127.0.0.1:${receiver.port}`, { LOGS_BATCH_BYTES: '16Ki' });
  const lines = linesOf(20_000);
  writeFileSync(file, text(lines));
  for (let round = 0; round < 3; round += 1) {
    const before = receiver.messages.length;
    const sidecar = startSidecar(t, 'logs', env);
    await until('lines came', () => receiver.messages.length > before);
    await sidecar.stop('SIGKILL');
  }
  const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
  assert.equal(code, 0, stderr);
  await receiver.got(lines.length);
  assert.deepEqual(new Set(receiver.messages.map(textOf)), new Set(lines));
});

test('without FFI a body has arrived when our own system took it', async (t) => {
  const receiver = await SyslogReceiver.start(t);
  const socket = connect({ host: '127.0.0.1', port: receiver.port });
  const line = new SyslogLine(socket, 'connect', undefined);
  atEnd(t, () => line.end(new Error('over')));
  const message = '<134>1 - web app - - [sidekick@32473] x';
  await new Promise<void>((resolve, reject) =>
    line.write(Buffer.from(`${message.length} ${message}`), (error) => (error ? reject(error) : resolve())),
  );
  await receiver.got(1);
});

describe('over TLS', needs('openssl'), () => {
  test('with an authority of its own and a certificate of ours, every line comes', async (t) => {
    const authority = new Authority(t);
    const server = authority.issue('server');
    const client = authority.issue('client', { use: 'client' });
    const [cert, key, ca] = [server.cert, server.key, authority.ca].map((path) => readFileSync(path));
    const receiver = await SyslogReceiver.start(t, { cert, key, ca, requestCert: true, rejectUnauthorized: true } as never);
    const more = { LOGS_CA: authority.ca, LOGS_CERT: client.cert, LOGS_KEY: client.key, LOGS_BATCH_BYTES: '16Ki' };
    for (const host of ['127.0.0.1', 'localhost']) {
      const { file, env } = scene(t, `syslog+tls://${host}:${receiver.port}`, { ...more, LOGS_IN_FLIGHT: '1' });
      const lines = linesOf(2000);
      writeFileSync(file, text(lines));
      receiver.messages.length = 0;
      const { code, stderr } = await runSidecar(t, 'logs', { ...env, LOGS_ONCE: 'true' });
      assert.equal(code, 0, stderr);
      await receiver.got(lines.length);
      assert.deepEqual(receiver.messages.map(textOf), lines);
    }
  });

  test('a receiver whose certificate is not of the authority gets nothing', async (t) => {
    const [ours, theirs] = [new Authority(t, 'ours'), new Authority(t, 'theirs')];
    const server = theirs.issue('server');
    const receiver = await SyslogReceiver.start(t, { cert: readFileSync(server.cert), key: readFileSync(server.key) });
    const { file, env } = scene(t, `syslog+tls://127.0.0.1:${receiver.port}`, { LOGS_CA: ours.ca });
    writeFileSync(file, 'secret\n');
    const sidecar = startSidecar(t, 'logs', env);
    await until('it says why', () => said(sidecar, /syslog\+tls:.*(unable to verify|certificate)/));
    await until('it tried again', () => receiver.accepted >= 2 || said(sidecar, /certificate/));
    await sidecar.stop();
    assert.deepEqual(receiver.messages, []);
    const check = await runSidecar(t, 'logs', env, ['--check']);
    assert.match(check.stdout, /FAIL.*cannot be reached: .*certificate/);
    assert.equal(check.code, 1);
  });
});

test('over UDP lines wait as long as nobody listens and the other machine says so; a long one comes in parts', async (t) => {
  const port = await freePort();
  const { file, env } = scene(t, `syslog+udp://127.0.0.1:${port}`);
  const lines = [...linesOf(20), 'y'.repeat(20_000)];
  writeFileSync(file, text(lines));
  const sidecar = startSidecar(t, 'logs', env);
  await until('it says that nobody listens', () => said(sidecar, /ECONNREFUSED/));
  const messages: StrictMessage[] = [];
  const socket = createSocket('udp4').on('message', (message) => messages.push(strictMessage(message)));
  atEnd(t, () => socket.close());
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  await until(
    'all of them came',
    () => new Set(messages.map(textOf)).size >= 20 && messages.some(({ data }) => data.part === '3/3'),
  );
  await sidecar.stop();
  const whole = new Set(messages.filter(({ data }) => data.part === undefined).map(textOf));
  assert.deepEqual(whole, new Set(lines.slice(0, 20)));
  const parts = new Map(messages.flatMap(({ data, message }) => (data.part === undefined ? [] : [[data.part, message]])));
  assert.equal(['1/3', '2/3', '3/3'].map((part) => parts.get(part)).join(''), lines[20]);
});

test('--check makes a connection and sends nothing; a URL with more than host and port is refused', async (t) => {
  const receiver = await SyslogReceiver.start(t);
  const { env } = scene(t, `syslog+tcp://127.0.0.1:${receiver.port}`);
  const good = await runSidecar(t, 'logs', env, ['--check']);
  assert.match(good.stdout, /takes connections/);
  assert.equal(good.code, 0, good.stdout);
  assert.deepEqual(receiver.messages, []);
  await receiver.close();
  const gone = await runSidecar(t, 'logs', env, ['--check']);
  assert.match(gone.stdout, /cannot be reached: .*ECONNREFUSED/);
  assert.equal(gone.code, 1);
  const wrong = await runSidecar(t, 'logs', { ...env, LOGS_TO: 'syslog+tcp://host/folder', LOGS_ONCE: 'true' });
  assert.match(wrong.stderr, /has to be a host and a port alone; write syslog\+tcp:\/\/HOST:601/);
  assert.equal(wrong.code, 64);
});

function said(sidecar: SidecarProcess, what: RegExp): boolean {
  return sidecar.log.some(({ msg }) => what.test(String(msg)));
}
