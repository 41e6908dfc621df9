import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { fill, temporaryMount } from '#harness/mount.ts';
import { needs } from '#harness/needs.ts';
import { runSidecar, startSidecar } from '#harness/process.ts';
import { Receiver } from '#harness/receiver.ts';
import { until } from '#harness/until.ts';
import { DeadLetters } from '../../../../sidecars/logs/ship/dead-letter.ts';
import { deadLettersOf, linesOf, place } from './suite.ts';

describe('dead letters', () => {
  test('records that a receiver refuses, and no others, in their order; each with its reason', async (t) => {
    const receiver = await Receiver.start(t);
    const poison = new Set(['line 0', 'line 1234', 'line 1235', 'line 2999']);
    receiver.behave = (_, batch) => (batch?.records.some(({ message }) => poison.has(message)) ? 422 : 200);
    const { file, settings } = place(t, 3000);
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_BATCH_BYTES: '64Ki', LOGS_IN_FLIGHT: '1' };
    const ended = await runSidecar(t, 'logs', env, ['--once']);
    assert.equal(ended.code, 0);
    assert.deepEqual(
      receiver.messages,
      linesOf(3000).filter((line) => !poison.has(line)),
    );
    const letters = deadLettersOf(settings);
    assert.deepEqual(
      letters.map(({ record }) => (record as { message: string }).message),
      [...poison],
    );
    for (const { time, destination, reason, record } of letters) {
      assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assert.equal(destination, receiver.url);
      assert.match(reason, /answered 422/);
      assert.equal((record as { file: string }).file, file);
    }
    assert.equal(statSync(join(settings.LOGS_STATE, 'dead-letter.ndjson')).mode & 0o777, 0o600);
    assert.match(ended.stderr + ended.stdout, /refused for good, now among the dead letters: .* answered 422/);
    assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.equal(deadLettersOf(settings).length, poison.size, 'they were acknowledged');
  });

  test('a batch that is too large is sent in parts; a record that is too large by itself is refused', async (t) => {
    const receiver = await Receiver.start(t);
    receiver.behave = ({ headers }) => (Number(headers['content-length']) > 20_000 ? 413 : 200);
    const { file, settings } = place(t, 1000);
    appendFileSync(file, `${'x'.repeat(30_000)}\nlast\n`);
    const ended = await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url, LOGS_IN_FLIGHT: '1' }, ['--once']);
    assert.equal(ended.code, 0);
    assert.match(ended.stderr + ended.stdout, /answered 413; lower LOGS_BATCH_BYTES/);
    assert.deepEqual(receiver.messages, [...linesOf(1000), 'last']);
    assert.equal(deadLettersOf(settings).length, 1);
    assert.equal(new Set(receiver.batches.map(({ id }) => id)).size, receiver.batches.length, 'each part has an id of its own');
  });

  test('a receiver that fails in the middle of the search gets what is left, and nothing twice', async (t) => {
    const receiver = await Receiver.start(t);
    let requests = 0;
    receiver.behave = (_, batch) => {
      requests += 1;
      if (requests % 3 === 0) return requests % 2 === 0 ? 503 : 'reset';
      return batch?.records.some(({ message }) => message === 'line 300') ? 400 : 200;
    };
    const { settings } = place(t, 500);
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.deepEqual(
      receiver.messages,
      linesOf(500).filter((line) => line !== 'line 300'),
    );
    assert.equal(deadLettersOf(settings).length, 1);
  });

  test('killed before they are written, it finds them again', async (t) => {
    const receiver = await Receiver.start(t);
    let held = true;
    receiver.behave = (_, batch) => {
      const messages = batch?.records.map(({ message }) => message) ?? [];
      if (messages.includes('line 1')) return 400;
      return held && messages.includes('line 2') ? 'silence' : 200;
    };
    const { settings } = place(t, 3);
    const first = startSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url });
    await until('a part is on its way', () => receiver.refusals.includes('silence'));
    await first.stop('SIGKILL');
    held = false;
    assert.equal((await runSidecar(t, 'logs', { ...settings, LOGS_TO: receiver.url }, ['--once'])).code, 0);
    assert.deepEqual(new Set(receiver.messages), new Set(['line 0', 'line 2']));
    assert.equal(deadLettersOf(settings).length, 1);
  });

  test('that cannot be written are told, and nothing is acknowledged until they can', needs('linux', 'root'), async (t) => {
    const folder = temporaryMount(t, 'size=64k');
    const ballast = fill(folder);
    const receiver = await Receiver.start(t);
    receiver.behave = () => 400;
    const { settings } = place(t, 2);
    const letters = join(folder, 'letters');
    const env = { ...settings, LOGS_TO: receiver.url, LOGS_DEAD_LETTER: letters, LOGS_ADMIN: '127.0.0.1:0' };
    const running = startSidecar(t, 'logs', env);
    await running.says(`dead letters cannot be written to ${letters}: ENOSPC`);
    unlinkSync(ballast);
    await running.says('refuses everything, which goes to the dead letters');
    const metrics = await (await fetch(`${await running.admin()}/metrics`)).text();
    const at = (name: string) => new RegExp(`^sidekick_logs_${name}\\{[^}]*\\} (\\d+)$`, 'm').exec(metrics)?.[1];
    assert.deepEqual([at('rejected_total'), at('lines_total')], ['2', '0']);
    assert.equal((await running.stop()).code, 0);
    const written = readFileSync(letters, 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      written.map((line) => JSON.parse(line).record.message),
      linesOf(2),
    );
  });

  test('are not followed, though a glob matches', async (t) => {
    const receiver = await Receiver.start(t);
    receiver.behave = (_, batch) => (batch?.records.some(({ message }) => message === 'line 0') ? 400 : 200);
    const { folder, settings } = place(t, 2);
    const letters = join(folder, 'dead.log');
    const env = { ...settings, LOGS_PATHS: join(folder, '*.log'), LOGS_DEAD_LETTER: letters, LOGS_TO: receiver.url };
    for (let run = 0; run < 2; run += 1) assert.equal((await runSidecar(t, 'logs', env, ['--once'])).code, 0);
    assert.deepEqual(receiver.messages, ['line 1']);
    assert.equal(readFileSync(letters, 'utf8').split('\n').length, 2);
  });

  test('JSON stays JSON with all its digits, and other text is a text; a torn line is cut off', async (t) => {
    const path = join(temporaryFolder(t), 'letters');
    writeFileSync(path, '{"whole":1}\n{"torn');
    const letters = new DeadLetters(path);
    const refusal = (text: string) => ({ reason: 'a "reason"', record: Buffer.from(text) });
    await Promise.all([
      letters.add('a', [refusal('{"n":12345678901234567890.10}'), refusal('no { JSON')]),
      letters.add('b', [refusal('{"a":\n1}')]),
    ]);
    const [whole, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(whole, '{"whole":1}');
    assert.match(lines[0] ?? '', /"destination":"a","reason":"a \\"reason\\"","record":\{"n":12345678901234567890\.10\}\}$/);
    assert.deepEqual(
      lines.slice(1).map((line) => JSON.parse(line).record),
      ['no { JSON', '{"a":\n1}'],
    );
  });
});
