import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { headers } from '#shared/config/collections.ts';
import { noticeOf } from '../../../../sidecars/backup/report/notice.ts';
import { notify, type Patience, type Webhook } from '../../../../sidecars/backup/report/notify.ts';
import { parseTemplate } from '../../../../sidecars/backup/report/template.ts';
import { failed, saved } from './results.ts';

const good = noticeOf(saved, { name: 'db1', host: 'web1' });
const bad = noticeOf(failed, { name: 'db1', host: 'web1' });
const quick: Patience = { backoff: { base: 1, cap: 2 }, attempts: 3, timeout: 10_000 };

interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a server does with the next request: an answer, or none. */
type Behaviour =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string }
  | 'reset'
  | 'silence';

/** A real server that does one thing after another, the last one for ever. */
async function listening(t: TestContext, ...behaviours: Behaviour[]) {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
    const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
    if (behaviour === 'reset') return void request.socket.resetAndDestroy();
    if (behaviour === 'silence' || behaviour === undefined) return;
    response.writeHead(behaviour.status, behaviour.headers).end(behaviour.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const webhook = (different: Partial<Webhook> = {}): Webhook => ({
    url: new URL(`http://127.0.0.1:${port}/secret-path`),
    template: undefined,
    headers: {},
    ...different,
  });
  return { requests, webhook, origin: `http://127.0.0.1:${port}` };
}

describe('a webhook is told', () => {
  test('all that is known as JSON', async (t) => {
    const { requests, webhook } = await listening(t, { status: 204 });
    assert.equal(await notify(good, webhook(), quick), undefined);
    const [request] = requests;
    assert.equal(request?.path, '/secret-path');
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(request?.body ?? ''), good);
    assert.equal(requests.length, 1);
  });

  test('as Slack wants it', async (t) => {
    const { requests, webhook } = await listening(t, { status: 200, text: 'ok' });
    const template = parseTemplate('{"text": "*{{title}}*\\n{{message}}"}');
    assert.equal(await notify(bad, webhook({ template }), quick), undefined);
    assert.equal(requests[0]?.headers['content-type'], 'application/json');
    assert.deepEqual(JSON.parse(requests[0]?.body ?? ''), { text: `*Backup of db1: failed*\n${bad.message}` });
  });

  test('as ntfy wants it', async (t) => {
    const { requests, webhook } = await listening(t, { status: 200 });
    const fields = headers.parse('Title: Backup of db1\nPriority: high\nTags: warning\nAuthorization: Bearer tk_secret');
    assert.equal(await notify(bad, webhook({ template: parseTemplate('{{message}}'), headers: fields }), quick), undefined);
    const { title, priority, tags, authorization, 'content-type': type } = requests[0]?.headers ?? {};
    assert.deepEqual([title, priority, tags, authorization], ['Backup of db1', 'high', 'warning', 'Bearer tk_secret']);
    assert.equal(type, 'text/plain; charset=utf-8');
    assert.equal(requests[0]?.body, bad.message);
  });

  test('with a content type of its own', async (t) => {
    const { requests, webhook } = await listening(t, { status: 200 });
    await notify(good, webhook({ headers: headers.parse('Content-Type: application/x-own') }), quick);
    assert.equal(requests[0]?.headers['content-type'], 'application/x-own');
  });

  test('in UTF-8', async (t) => {
    const { requests, webhook } = await listening(t, { status: 200 });
    const notice = { ...bad, message: 'für „db1“ ✗' };
    await notify(notice, webhook({ template: parseTemplate('{{message}}') }), quick);
    assert.equal(requests[0]?.body, notice.message);
  });

  for (const [what, trouble] of [
    ['503', { status: 503 }],
    ['429', { status: 429, headers: { 'retry-after': '0' } }],
    ['a broken connection', 'reset'],
  ] as const)
    test(`again after ${what}`, async (t) => {
      const { requests, webhook } = await listening(t, trouble, trouble, { status: 200 });
      assert.equal(await notify(good, webhook(), quick), undefined);
      assert.equal(requests.length, 3);
    });

  test('and then the process may end', async (t) => {
    const { webhook, requests } = await listening(t, { status: 200, text: 'ok' });
    const program = `
      import { notify } from ${JSON.stringify(import.meta.resolve('../../../../sidecars/backup/report/notify.ts'))};
      await notify({}, { url: new URL('${webhook().url}'), template: undefined, headers: {} });
      const begun = performance.now();
      process.on('exit', () => process.stdout.write(String(performance.now() - begun)));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    atEnd(t, () => child.kill('SIGKILL'));
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    assert.equal(requests.length, 1);
    // a connection that is kept would have it wait for seconds, and a timer for the rest of its time
    t.diagnostic(`it ended ${stdout} ms later`);
  });
});

describe('it is only said why nobody could be told', () => {
  for (const [what, behaviour, expected, count] of [
    [
      'a wrong address',
      { status: 404, text: 'no such hook\n' },
      'it answers 404: no such hook; check the address in BACKUP_NOTIFY',
      1,
    ],
    ['a wrong token', { status: 401 }, 'it answers 401; check the token in BACKUP_NOTIFY_HEADERS', 1],
    [
      'a wrong body',
      { status: 400, text: 'invalid_payload' },
      'it answers 400: invalid_payload; check BACKUP_NOTIFY_TEMPLATE',
      1,
    ],
    [
      'a redirection',
      { status: 302, headers: { location: '/x' } },
      'it answers 302; give the address that it sends one on to',
      1,
    ],
    ['a server that is broken', { status: 500 }, 'it answers 500, 3 times', 3],
  ] as const)
    test(what, async (t) => {
      const { requests, webhook, origin } = await listening(t, behaviour);
      assert.equal(await notify(good, webhook(), quick), `${origin} could not be told (BACKUP_NOTIFY): ${expected}`);
      assert.equal(requests.length, count);
    });

  test('a server that does not answer', async (t) => {
    const { webhook } = await listening(t, 'silence');
    const told = await notify(good, webhook(), { ...quick, timeout: 50 });
    assert.match(told ?? '', /: it does not answer within 0\.05 s, 3 times$/);
  });

  test('a server that is not there', async (t) => {
    const { webhook } = await listening(t, 'silence');
    const told = await notify(good, { ...webhook(), url: new URL('http://127.0.0.1:1/secret-path') }, quick);
    assert.match(told ?? '', /^http:\/\/127\.0\.0\.1:1 could not be told \(BACKUP_NOTIFY\): .*, 3 times$/);
    assert.doesNotMatch(told ?? '', /secret/);
  });

  test('a sidecar that is told to stop tries no more', async (t) => {
    const stopping = new AbortController();
    const { requests, webhook } = await listening(t, { status: 503 });
    const waiting = notify(good, webhook(), { ...quick, backoff: { base: 1e9, cap: 1e9 }, signal: stopping.signal });
    while (requests.length === 0) await new Promise(setImmediate);
    stopping.abort();
    assert.match((await waiting) ?? '', /could not be told/);
  });
});
