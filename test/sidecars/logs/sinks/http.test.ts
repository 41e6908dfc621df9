import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { linesOf, overHttp, place, suite } from './suite.ts';

suite('http://', async (t) => overHttp(await Receiver.start(t)));

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

  test('every 2xx acknowledges', async (t) => {
    const receiver = await Receiver.start(t);
    const statuses = [200, 201, 202, 204, 299];
    let requests = 0;
    receiver.behave = () => statuses[requests++ % statuses.length] ?? 200;
    const { settings } = place(t, 5000);
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '32Ki' };
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.ok(requests > statuses.length, 'each status was answered');
    assert.equal(receiver.batches.length, requests);
    assert.deepEqual([...receiver.messages].sort(), linesOf(5000).sort());
  });

  const failures = {
    'an error of the server': { behaviour: 500, told: 'answered 500' },
    'too many requests, with Retry-After': { behaviour: 429, told: 'answered 429', answer: { 'retry-after': '1' } },
    'a wrong token': { behaviour: 401, told: 'answered 401; check LOGS_TOKEN' },
    'a wrong path': { behaviour: 404, told: 'answered 404; check LOGS_TO' },
    'a redirection': { behaviour: 302, told: 'answered 302; check LOGS_TO' },
    'a broken connection': { behaviour: 'reset', told: 'cannot be reached' },
    'no answer within LOGS_TIMEOUT': { behaviour: 'silence', told: 'no answer within 0.3 s', env: { LOGS_TIMEOUT: '300ms' } },
  } as const;
  for (const [what, failure] of Object.entries(failures)) {
    test(`${what} is told, and sent again until it is acknowledged`, async (t) => {
      const receiver = await Receiver.start(t);
      let refusals = 2;
      receiver.behave = () => (refusals-- > 0 ? failure.behaviour : 200);
      receiver.answerHeaders = 'answer' in failure ? failure.answer : {};
      const { settings } = place(t, 3);
      const env = { ...settings, LOGS_TO: receiver.url, LOGS_IN_FLIGHT: '1', ...('env' in failure ? failure.env : {}) };
      const ended = await runSidecar(t, 'logs', env, ['--once']);
      assert.equal(ended.code, 0, ended.stderr);
      assert.ok(ended.stderr.includes(failure.told), ended.stderr);
      assert.deepEqual(receiver.refusals.slice(0, 2), [failure.behaviour, failure.behaviour]);
      assert.ok(!existsSync(join(settings.LOGS_STATE, 'dead-letter.ndjson')), 'nothing was given up');
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
});
