import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { freePort } from '#harness/free-port.ts';
import { type Hook, hookKind, hooks as hookList } from '../../../../sidecars/backup/sources/hook.ts';
import { between, HookError, type Hooks } from '../../../../sidecars/backup/sources/hooks.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** An application with hooks: it remembers what it is asked in order, and answers as it is told. */
async function application(t: TestContext, answers: Readonly<Record<string, Answer>> = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      const answer = answers[request.url ?? ''];
      if (answer === undefined) response.writeHead(204).end();
      else answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, hook: (path: string): Hook => hookKind.parse(`http://127.0.0.1:${port}${path}`) };
}

const before = (path: string) => `POST ${path} application/json {"event":"before"}`;
const after = (path: string, succeeded: boolean) => `POST ${path} application/json {"event":"after","succeeded":${succeeded}}`;

/** Hooks with what became of them. */
function hooksOf(lists: { readonly before?: readonly Hook[]; readonly after?: readonly Hook[] }, timeout = 20_000) {
  const done: string[] = [];
  const failed: string[] = [];
  const hooks: Hooks = {
    before: [],
    after: [],
    ...lists,
    timeout,
    onDone: (hook) => done.push(hook),
    onAfterFailed: (error) => failed.push(error.message),
  };
  return { hooks, done, failed };
}

const never = new AbortController().signal;

describe('the work between hooks', () => {
  test('is done after those before, and its result comes after those behind it', async (t) => {
    const { asked, hook } = await application(t);
    const { hooks, done, failed } = hooksOf({
      before: [hook('/freeze'), hook('/flush?token=1')],
      after: [hook('/thaw'), hook('/end')],
    });
    const result = await between(hooks, never, async () => {
      asked.push('work');
      return 7;
    });
    assert.equal(result, 7);
    assert.deepEqual(asked, [before('/freeze'), before('/flush?token=1'), 'work', after('/thaw', true), after('/end', true)]);
    assert.deepEqual(
      done.map((name) => new URL(name).pathname + new URL(name).search),
      ['/freeze', '/flush', '/thaw', '/end'],
    );
    assert.deepEqual(failed, []);
  });

  test('is not begun where one before fails; those after are done all the same', async (t) => {
    const refuse: Answer = (_, response) => response.writeHead(503, 'Busy').end('go away');
    const { asked, hook } = await application(t, { '/freeze': refuse });
    const { hooks } = hooksOf({ before: [hook('/freeze'), hook('/second')], after: [hook('/thaw')] });
    const failing = between(hooks, never, () => assert.fail('it was begun'));
    const expected = (error: unknown) =>
      error instanceof HookError && /^the hook before reading, http:.*\/freeze, failed: it answers 503 Busy$/.test(error.message);
    await assert.rejects(failing, expected);
    assert.deepEqual(asked, [before('/freeze'), after('/thaw', false)]);
  });

  test('that fails is told to those after', async (t) => {
    const { asked, hook } = await application(t);
    const { hooks } = hooksOf({ after: [hook('/thaw')] });
    await assert.rejects(
      between(hooks, never, async () => Promise.reject(new Error('disk full'))),
      /disk full/,
    );
    assert.deepEqual(asked, [after('/thaw', false)]);
  });

  test('is good where one after fails; that is told, and the next one is done', async (t) => {
    const { asked, hook } = await application(t, {
      '/thaw': (_, response) => response.writeHead(302, { location: '/end' }).end(),
    });
    const { hooks, done, failed } = hooksOf({ after: [hook('/thaw'), hook('/end')] });
    assert.equal(await between(hooks, never, async () => 'read'), 'read');
    assert.deepEqual(asked, [after('/thaw', true), after('/end', true)], 'a redirection is not followed');
    assert.match(failed.join(), /^the hook after reading, .*\/thaw, failed: it answers 302 Found$/);
    assert.equal(done.length, 1);
  });

  test('that is aborted is followed by those after', async (t) => {
    const { asked, hook } = await application(t);
    const { hooks } = hooksOf({ before: [hook('/freeze')], after: [hook('/thaw')] });
    const stop = new AbortController();
    const reason = new Error('stopped');
    const working = between(hooks, stop.signal, async () => {
      stop.abort(reason);
      throw new Error('the reader was closed');
    });
    await assert.rejects(working, reason);
    assert.deepEqual(asked, [before('/freeze'), after('/thaw', false)]);
  });

  test('is not begun where the signal aborts while a hook waits, which may have got through', async (t) => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const { asked, hook } = await application(t, { '/freeze': () => stop.abort(reason) });
    const { hooks } = hooksOf({ before: [hook('/freeze')], after: [hook('/thaw')] });
    await assert.rejects(
      between(hooks, stop.signal, () => assert.fail('it was begun')),
      reason,
    );
    assert.deepEqual(asked, [before('/freeze'), after('/thaw', false)]);
    await assert.rejects(
      between(hooks, stop.signal, () => assert.fail('it was begun')),
      reason,
    );
    assert.equal(asked.length, 2, 'what is aborted before anything was asked asks nothing');
  });
});

describe('a hook that fails says why', () => {
  test('no answer in time', async (t) => {
    const { hook } = await application(t, { '/silent': () => {} });
    const { hooks, failed } = hooksOf({ before: [hook('/silent')], after: [hook('/silent')] }, 100);
    await assert.rejects(
      between(hooks, never, async () => {}),
      /\/silent, failed: it did not answer in time$/,
    );
    assert.match(failed.join(), /it did not answer in time$/);
  });

  test('nobody there', async () => {
    const { hooks } = hooksOf({ before: [hookKind.parse(`http://127.0.0.1:${await freePort()}/`)] });
    await assert.rejects(
      between(hooks, never, async () => {}),
      /failed: connect ECONNREFUSED/,
    );
  });

  test('no such process', async () => {
    const { hooks } = hooksOf({ before: [hookKind.parse('signal:USR1@nobody-is-called-so')] });
    await assert.rejects(
      between(hooks, never, async () => {}),
      /signal:USR1@nobody-is-called-so, failed: there is no process nobody-is-called-so; share/,
    );
  });
});

describe('the text of a hook', () => {
  test('is read, and written so that it is read the same', () => {
    const texts = {
      'http://app/freeze': 'http://app/freeze',
      'https://app:8443/a?b=c,d': 'https://app:8443/a?b=c,d',
      'signal:USR1@postgres': 'signal:USR1@postgres',
      'signal:SIGHUP@pid:1': 'signal:HUP@pid:1',
      'signal:WINCH@my app': 'signal:WINCH@my app',
    };
    for (const [text, written] of Object.entries(texts)) {
      const hook = hookKind.parse(text);
      assert.equal(hookKind.format(hook), written);
      assert.deepEqual(hookKind.parse(written), hook);
    }
    assert.deepEqual(hookKind.parse('signal:SIGHUP@pid:1'), { type: 'signal', signal: 'SIGHUP', process: 1 });
    assert.deepEqual(
      hookList.parse('http://a/,signal:USR1@b').map(({ type }) => type),
      ['http', 'signal'],
    );
  });

  const bad: Readonly<Record<string, RegExp>> = {
    postgres: /is no hook, such as/,
    'ftp://app/': /is no hook/,
    'http://': /is not a URL/,
    'http://user:hunter2@app/': /holds a user or a password/,
    'signal:USR1': /is no signal hook/,
    'signal:@x': /is no signal hook/,
    'signal:USR3@x': /unknown signal, USR3/,
    'signal:USR1@': /is no signal hook/,
    'signal:USR1@pid:0': /process number that none can have/,
    'signal:USR1@pid:9999999': /process number that none can have/,
    'signal:USR1@pid:x': /names no process number/,
  };
  for (const [text, message] of Object.entries(bad)) {
    test(`${text} is refused`, () => {
      assert.throws(
        () => hookKind.parse(text),
        (error: Error) => message.test(error.message) && !error.message.includes('hunter2'),
      );
    });
  }
});
