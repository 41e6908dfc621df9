import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Loki } from '#harness/loki.ts';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { deadLettersOf, linesOf, overHttp, place, suite } from './suite.ts';

suite('loki+http://', async (t) => overHttp((await receive(t)).receiver));

async function receive(t: TestContext): Promise<{ protocol: Loki; receiver: Receiver }> {
  const protocol = new Loki();
  return { protocol, receiver: await Receiver.start(t, { protocol }) };
}

describe('loki', () => {
  test('labels, structured metadata and tenant', async (t) => {
    const { protocol, receiver } = await receive(t);
    const { file, settings } = place(t, 3);
    const env = {
      ...settings,
      LOGS_HOST: 'web',
      LOGS_LABELS: 'app.name=shop,env=prod',
      LOGS_LOKI_LABELS: 'host',
      LOGS_TENANT: 'me',
    };
    assert.equal((await runSidecar(t, 'logs', { ...env, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    for (const record of receiver.records) {
      const { labels, metadata } = protocol.placeOf(record);
      assert.deepEqual(labels, { app_name: 'shop', env: 'prod', host: 'web' });
      assert.deepEqual(metadata, { file });
    }
    assert.equal(receiver.batches[0]?.headers['x-scope-orgid'], 'me');
    assert.deepEqual(receiver.messages, linesOf(3));
  });

  test('the same line again and again is never taken for one', async (t) => {
    const { protocol, receiver } = await receive(t);
    const { file, settings } = place(t, 0);
    writeFileSync(file, 'same\n'.repeat(50_000));
    const running = startSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '64Ki' });
    await until('all arrived', () => receiver.records.length === 50_000);
    appendFileSync(file, 'same\n'.repeat(10));
    await until('the others arrived', () => receiver.records.length === 50_010);
    assert.equal((await running.stop()).code, 0);
    const stamps = receiver.records.map((record) => BigInt(protocol.placeOf(record).stamp));
    assert.equal(new Set(stamps).size, 50_010);
  });

  test('files of several streams in one push, each under its own labels', async (t) => {
    const { receiver } = await receive(t);
    const { folder, settings } = place(t, 0);
    for (let n = 0; n < 40; n += 1) writeFileSync(join(folder, `${n}.log`), `${n} a\n${n} b\n`);
    const env = { ...settings, LOGS_PATHS: join(folder, '*.log'), LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '4Ki' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.ok(receiver.batches.length < 20, 'a push holds several files');
    assert.equal(receiver.records.length, 80);
    for (const { file, message } of receiver.records) assert.equal(file, join(folder, `${message.split(' ')[0]}.log`));
  });

  test("both streams of Docker's json-file, each under its label and with the time of its lines", async (t) => {
    const { protocol, receiver } = await receive(t);
    const { file, settings } = place(t, 0);
    const streamOf = (index: number) => (index % 3 === 0 ? 'stderr' : 'stdout');
    const lines = linesOf(300).map((line, index) => {
      const time = `2026-01-02T03:04:05.${String(1000 * (index >> 1)).padStart(9, '0')}Z`;
      return `${JSON.stringify({ log: `${line}\n`, stream: streamOf(index), time })}\n`;
    });
    writeFileSync(file, lines.join(''));
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_IN_FLIGHT: '1', LOGS_BATCH_BYTES: '4Ki' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.equal(receiver.records.length, 300);
    for (const record of receiver.records) {
      const index = Number(record.message.slice(5));
      const { labels, stamp } = protocol.placeOf(record);
      assert.equal(labels.stream, streamOf(index));
      assert.equal(BigInt(stamp) / 1000n, 1_767_323_045_000_000n + BigInt(index >> 1));
    }
  });

  test('what it refuses of a push goes to the dead letters, and nothing else', async (t) => {
    const { protocol, receiver } = await receive(t);
    protocol.refuse = ({ message }) => (message === 'line 77' || message === 'line 999' ? 'entry too far behind' : undefined);
    const { settings } = place(t, 1000);
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.deepEqual(
      [...receiver.messages].sort(),
      linesOf(1000)
        .filter((line) => line !== 'line 77' && line !== 'line 999')
        .sort(),
    );
    const letters = deadLettersOf(settings);
    assert.deepEqual(
      letters.map(({ record }) => (record as { values: [string, string][] }).values[0]?.[1]),
      ['line 77', 'line 999'],
    );
    for (const { reason, destination } of letters) {
      assert.match(reason, /answered 400: .*entry too far behind/);
      assert.equal(destination, `${receiver.url.replace('loki+', '')}/loki/api/v1/push`);
    }
  });

  const wrong = {
    'LOGS_LOKI_LABELS=file,level': /LOGS_LOKI_LABELS names level, which is none of file, host, stream/,
    'LOGS_LOKI_LABELS=stream': /Loki takes no stream without labels/,
    'LOGS_TENANT=a b': /LOGS_TENANT holds a space/,
    'LOGS_LABELS=a.b=1,a-b=2': /two labels that are both called a_b/,
  };
  for (const [setting, told] of Object.entries(wrong)) {
    test(`${setting} is refused`, async (t) => {
      const { settings } = place(t, 1);
      const [, name = '', value = ''] = /^(\w+)=(.*)$/.exec(setting) ?? [];
      const env = { ...settings, [name]: value, LOGS_TO: 'loki+http://127.0.0.1:1' };
      const { code, stderr, stdout } = await runSidecar(t, 'logs', env, ['--once']);
      assert.equal(code, 64);
      assert.match(stderr + stdout, told);
    });
  }
});
