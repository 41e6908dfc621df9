import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type AdminRequest, Handlers } from '#shared/admin.ts';
import { get, send, serve } from './admin-client.ts';

test('what they are asked, and what they answer', async (t) => {
  const asked: AdminRequest[] = [];
  const handlers = new Handlers();
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  assert.equal((await get(admin, '/proxies')).code, 404);
  handlers.add('/proxies', (request) => {
    asked.push(request);
    return { code: 201, type: 'application/json', body: '{"ä":1}', headers: { 'cache-control': 'max-age=1' } };
  });
  const made = await send(admin, 'POST', '/proxies/a%2Fb?x=1&x=2&y', 'é'.repeat(1000));
  assert.deepEqual([made.code, made.type, made.body, made.length], [201, 'application/json', '{"ä":1}', '8']);
  assert.equal(made.headers['cache-control'], 'max-age=1');
  const [request] = asked;
  assert.deepEqual([request?.method, request?.path, request?.body], ['POST', '/proxies/a%2Fb', 'é'.repeat(1000)]);
  assert.deepEqual([request?.query.getAll('x'), request?.query.get('y')], [['1', '2'], '']);
  assert.match(String(request?.headers.host), /^127\.0\.0\.1:/);

  const head = await send(admin, 'HEAD', '/proxies');
  assert.deepEqual([head.code, head.body, head.length, asked[1]?.method], [201, '', '8', 'GET']);
});

test('the nearest path answers, and what lies beside is listed', async (t) => {
  const handlers = new Handlers();
  for (const path of ['/', '/proxies', '/proxies/x/toxics'])
    handlers.add(path, () => ({ code: 200, type: 'text/plain', body: path }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const answers = {
    '/': '/',
    '/proxies': '/proxies',
    '/proxies/': '/proxies',
    '/proxies/x?/y': '/proxies',
    '/proxies/x/toxics': '/proxies/x/toxics',
    '/proxies/x/toxics/1': '/proxies/x/toxics',
    '/proxies/x/toxicsx': '/proxies',
  };
  for (const [path, answer] of Object.entries(answers)) assert.equal((await get(admin, path)).body, answer, path);
  for (const path of ['/proxiesx', '/x', '//', '//x', '*']) {
    const missing = await get(admin, path);
    assert.equal(missing.code, 404, path);
    assert.equal(missing.body, 'not found; there are /livez /readyz /metrics /status / /proxies /proxies/x/toxics\n');
  }
});

test('a path that is taken, or is none, is refused', () => {
  const handlers = new Handlers();
  const page = () => ({ code: 200, type: 'text/plain', body: '' });
  handlers.add('/a', page);
  for (const path of ['/livez', '/readyz', '/metrics', '/status', '/a'])
    assert.throws(() => handlers.add(path, page), /is served already/, path);
  for (const path of ['', 'a', '/a/', '//', '/a?b', '/a b'])
    assert.throws(() => handlers.add(path, page), /is not of the form/, path);
});

test('one that fails is a 500, whichever way, and the server goes on', async (t) => {
  const handlers = new Handlers();
  handlers.add('/throws', () => {
    throw new Error('no idea');
  });
  handlers.add('/rejects', async () => Promise.reject(new TypeError('none either')));
  handlers.add('/header', () => ({ code: 200, type: 'text/plain', body: '', headers: { x: 'a\nb' } }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  assert.deepEqual(await get(admin, '/throws/x'), {
    code: 500,
    type: 'text/plain; charset=utf-8',
    body: '/throws/x failed: Error: no idea\n',
  });
  assert.equal((await get(admin, '/rejects')).body, '/rejects failed: TypeError: none either\n');
  const broken = await get(admin, '/header');
  assert.equal(broken.code, 500);
  assert.match(broken.body, /Invalid character in header/);
  assert.equal((await get(admin, '/livez')).code, 200);
});

test('nothing is sent with a 204', async (t) => {
  const handlers = new Handlers();
  handlers.add('/gone', () => ({ code: 204, type: 'text/plain', body: 'x' }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const gone = await send(admin, 'DELETE', '/gone');
  assert.deepEqual([gone.code, gone.type, gone.length, gone.body], [204, undefined, undefined, '']);
});

test('a body of 1 MiB is taken, a longer one is not, a slow one is cut off', async (t) => {
  const handlers = new Handlers();
  let asked = 0;
  handlers.add('/length', ({ body }) => {
    asked += 1;
    return { code: 200, type: 'text/plain', body: String(body.length) };
  });
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const most = 1024 * 1024;
  assert.equal((await send(admin, 'PUT', '/length', 'x'.repeat(most))).body, String(most));
  const refused = await send(admin, 'PUT', '/length', 'x'.repeat(most + 1));
  assert.deepEqual([refused.code, refused.body], [413, 'the body is longer than 1048576 bytes\n']);
  assert.equal((await send(admin, 'PUT', '/length', 'x'.repeat(9 * most))).code, 413);

  const slow = connect(Number(new URL(admin.address).port), '127.0.0.1');
  slow.write('PUT /length HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nbegun');
  assert.match(await text(slow), /^HTTP\/1\.1 408 /);
  assert.equal(asked, 1);
});

test('a browser may read and not change', async (t) => {
  const handlers = new Handlers();
  handlers.add('/proxies', ({ method }) => ({ code: 200, type: 'text/plain', body: method }));
  const admin = await serve({ handlers });
  t.after(() => admin.close());
  const origin = { origin: 'http://example.net' };
  assert.equal((await send(admin, 'GET', '/proxies', '', origin)).body, 'GET');
  assert.equal((await send(admin, 'POST', '/proxies', '', origin)).code, 403);
  assert.equal(await (await fetch(`${admin.address}/proxies`, { method: 'POST' })).text(), 'POST', 'fetch of Node is no browser');
});
