import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { Bulk } from '#harness/bulk.ts';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { deadLettersOf, linesOf, overHttp, place, suite } from './suite.ts';

suite('elasticsearch+http://', async (t) => overHttp((await receive(t)).receiver));

async function receive(t: TestContext, path?: string): Promise<{ protocol: Bulk; receiver: Receiver }> {
  const protocol = new Bulk(path);
  return { protocol, receiver: await Receiver.start(t, { protocol }) };
}

describe('elasticsearch', () => {
  test('a path before the API is kept, a key of the API goes along, opensearch+http:// is the same', async (t) => {
    const { receiver } = await receive(t, '/cluster/');
    const { folder, settings } = place(t, 3);
    writeFileSync(join(folder, 'headers'), 'authorization: ApiKey abc\n');
    const env = { ...settings, LOGS_HEADERS_FILE: join(folder, 'headers'), LOGS_TO: receiver.url.replace('elastic', 'open') };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.equal(receiver.batches[0]?.headers.authorization, 'ApiKey abc');
    assert.deepEqual(receiver.messages, linesOf(3));
  });

  test("Docker's json-file and JSON lines are documents, each with an id of its own", async (t) => {
    const { protocol, receiver } = await receive(t);
    const { folder, settings } = place(t, 0);
    const time = '2026-01-02T03:04:05.678901234Z';
    const docker = linesOf(2000).map((log) => `${JSON.stringify({ log: `${log}\n`, stream: 'stdout', time })}\n`);
    writeFileSync(join(folder, 'docker.log'), docker.join(''));
    writeFileSync(join(folder, 'json.log'), `{"level":"info","time":"${time}","n":1}\nno JSON\n`);
    const env = { ...settings, LOGS_TO: receiver.url };
    for (const [format, name] of [
      ['docker', 'docker.log'],
      ['json', 'json.log'],
    ] as const) {
      const ended = await runSidecar(t, 'logs', { ...env, LOGS_PATHS: join(folder, name), LOGS_FORMAT: format }, ['--once']);
      assert.equal(ended.code, 0);
    }
    assert.equal(protocol.conflicts, 0);
    const [json, plain] = receiver.records.filter(({ file }) => file.endsWith('json.log'));
    assert.deepEqual([json?.time, json?.level, json?.n, json?.message, plain?.message], [time, 'info', 1, undefined, 'no JSON']);
    const fromDocker = receiver.records.filter(({ file }) => file.endsWith('docker.log'));
    assert.deepEqual(
      fromDocker.map(({ message }) => message),
      linesOf(2000),
    );
    assert.ok(fromDocker.every((record) => record.time === time && record.stream === 'stdout'));
  });

  test('documents that are refused go to the dead letters, and are not sent again', async (t) => {
    const { protocol, receiver } = await receive(t);
    const asked: string[] = [];
    protocol.refuse = ({ message }) => {
      asked.push(message);
      const isPoison = message === 'line 5' || message === 'line 700';
      return isPoison ? { status: 400, type: 'document_parsing_exception', reason: `no "field" of ${message}` } : undefined;
    };
    const { settings } = place(t, 1000);
    const ended = await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url, LOGS_IN_FLIGHT: '1' }, ['--once']);
    assert.equal(ended.code, 0);
    assert.deepEqual(asked, linesOf(1000));
    assert.equal(receiver.records.length, 998);
    const letters = deadLettersOf(settings);
    assert.deepEqual(
      letters.map(({ record }) => (record as { message: string }).message),
      ['line 5', 'line 700'],
    );
    assert.match(letters[0]?.reason ?? '', /answered 400: document_parsing_exception: no "field" of line 5/);
    assert.match(ended.stderr, /"records":2.*refused for good, now among the dead letters/);
  });

  test('documents that are not taken at the moment are sent again, and no others', async (t) => {
    const { protocol, receiver } = await receive(t);
    const tries = new Map<string, number>();
    protocol.refuse = ({ message }) => {
      const count = (tries.get(message) ?? 0) + 1;
      tries.set(message, count);
      if (!message.endsWith('3') || count > 2) return undefined;
      return { status: 429, type: 'es_rejected_execution_exception', reason: 'queue full' };
    };
    const { settings } = place(t, 1000);
    const ended = await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once']);
    assert.equal(ended.code, 0);
    assert.deepEqual([...receiver.messages].sort(), linesOf(1000).sort());
    for (const [message, count] of tries) assert.equal(count, message.endsWith('3') ? 3 : 1);
    assert.match(ended.stderr, /answered 429 for 100 of 1000 records: es_rejected_execution_exception: queue full/);
    assert.equal(protocol.conflicts, 0);
  });

  test('what was taken before the connection broke is not stored twice', async (t) => {
    const { protocol, receiver } = await receive(t);
    let breaks = 2;
    receiver.behave = () => (breaks-- > 0 ? 'taken, then reset' : 200);
    const { settings } = place(t, 500);
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.deepEqual(receiver.messages, linesOf(500));
    assert.equal(protocol.conflicts, 1000);
  });

  test('an index that may not be written is told and waited for', async (t) => {
    const { protocol, receiver } = await receive(t);
    let blocked = true;
    protocol.refuse = () =>
      blocked ? { status: 403, type: 'cluster_block_exception', reason: 'index [logs] blocked' } : undefined;
    const { settings } = place(t, 5);
    const running = startSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url });
    await running.says('answered 403 for 5 of 5 records: cluster_block_exception: index [logs] blocked');
    blocked = false;
    await until('all arrived', () => receiver.records.length === 5);
    assert.equal((await running.stop()).code, 0);
    assert.deepEqual(deadLettersOf(settings), []);
  });

  test('an index that cannot be one is refused at the start', async (t) => {
    const { settings } = place(t, 1);
    for (const index of ['Logs', '_a b']) {
      const env = { ...settings, LOGS_TO: 'elasticsearch+http://127.0.0.1:1/', LOGS_INDEX: index };
      const { code, stderr } = await runSidecar(t, 'logs', env, ['--once']);
      assert.equal(code, 64);
      assert.match(stderr, /LOGS_INDEX=.* is no name of an index/);
    }
  });

  test('what does not answer as Elasticsearch does acknowledges nothing', async (t) => {
    const receiver = await Receiver.start(t, {
      protocol: {
        prefix: 'elasticsearch+',
        path: '/',
        read: ({ headers }) => ({ id: '', headers, records: [] }),
        take: () => page,
      },
    });
    const page = { status: 200, body: '<html>welcome</html>', kept: [] };
    const { settings } = place(t, 5);
    const running = startSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url });
    await running.says('does not answer as Elasticsearch does');
    await running.stop('SIGKILL');
    assert.deepEqual(receiver.records, []);
  });
});
