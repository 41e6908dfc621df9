import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { atEnd } from '#harness/at-end.ts';
import { temporaryFolder } from '#harness/folder.ts';
import { runSidecar } from '#harness/process.ts';
import { askLoki, linesOf } from './asking.ts';

/** Starts the receiver on a free port; `kill` ends it as SIGKILL does. */
async function start(t: TestContext, folder: string): Promise<{ readonly url: string; readonly kill: () => Promise<void> }> {
  const program = fileURLToPath(new URL('loki.ts', import.meta.url));
  const words = [program, '--listen', '127.0.0.1:0', '--folder', folder];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  atEnd(t, kill);
  const [said] = await Promise.race([once(child.stdout, 'data'), ended.then(() => assert.fail('it ended'))]);
  return { url: /http:\S+/.exec(String(said))?.[0] ?? '', kill };
}

function push(
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${url}/loki/api/v1/push`, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
}

test('the receiver has what the sidecar sends, also after it was killed', async (t) => {
  const folder = temporaryFolder(t);
  const first = await start(t, folder);
  const file = join(folder, 'a.log');
  writeFileSync(file, 'one\ntwo\n');
  const settings = { LOGS_LABELS: 'app=web', LOGS_HOST: 'here', LOGS_STATE: join(folder, 'state'), LOGS_COMPRESS: 'gzip' };
  const ship = (url: string) => runSidecar(t, 'logs', { LOGS_TO: `loki+${url}`, ...settings }, ['--once', file]);
  assert.deepEqual((await ship(first.url)).code, 0);
  await first.kill();
  // what was being written when it was killed, and never acknowledged
  appendFileSync(join(folder, 'entries.ndjson'), '{"labels":');

  const { url } = await start(t, folder);
  appendFileSync(file, 'three\n');
  assert.deepEqual((await ship(url)).code, 0);
  const answered = await askLoki(url, '{app="web"}');
  assert.deepEqual(
    answered.map(({ stream }) => stream),
    [{ app: 'web', file, host: 'here' }],
  );
  assert.deepEqual(linesOf(answered), ['one', 'two', 'three']);
  const names = (await (await fetch(`${url}/loki/api/v1/labels`)).json()) as { data: string[] };
  assert.deepEqual(names.data, ['app', 'file', 'host']);
  const hosts = (await (await fetch(`${url}/loki/api/v1/label/host/values`)).json()) as { data: string[] };
  assert.deepEqual(hosts.data, ['here']);
  assert.match(await (await fetch(`${url}/metrics`)).text(), /^loki_distributor_lines_received_total\{tenant="fake"\} 1$/m);
});

test('the receiver refuses what is none of its protocol', async (t) => {
  const { url } = await start(t, temporaryFolder(t));
  const stamp = `${Date.now()}000000`;
  const good = JSON.stringify({ streams: [{ stream: { a: 'b' }, values: [[stamp, 'x']] }] });
  for (const [status, answer] of [
    [204, push(url, good)],
    [204, push(url, new Uint8Array(gzipSync(good)), { 'content-encoding': 'gzip' })],
    [415, push(url, good, { 'content-encoding': 'br' })],
    [415, push(url, good, { 'content-type': 'application/x-protobuf' })],
    [400, push(url, '{}')],
    [400, push(url, good, { 'content-encoding': 'gzip' })],
    [400, push(url, good.replace('"a"', '"a-b"'))],
    [405, fetch(`${url}/ready`, { method: 'POST' })],
    [404, fetch(`${url}/loki/api/v1/query`)],
    [400, fetch(`${url}/loki/api/v1/query_range`)],
    [200, fetch(`${url}/ready`)],
  ] as const)
    assert.equal((await answer).status, status, (await answer).url);
  assert.deepEqual(linesOf(await askLoki(url, '{a="b"}')), ['x']);
});
