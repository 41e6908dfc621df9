import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, echo, TcpServer } from '#harness/tcp.ts';
import { toxicKinds } from '../../../../sidecars/ambassador/faults/toxics/kinds.ts';
import { Api } from './host.ts';

const upstream = 'localhost:20001';

/** A proxy that was just made, as it is shown. */
const shown = (name: string, more: object = {}) => ({
  name,
  listen: '127.0.0.1:23310',
  upstream,
  enabled: false,
  toxics: [],
  ...more,
});

const down = { upstream, listen: '127.0.0.1:23310', enabled: false };

test('the conversation of a client that makes, changes and deletes a proxy', async (t) => {
  const api = await Api.serve(t);
  assert.deepEqual(await api.ask('GET', '/proxies'), { code: 200, type: 'application/json', allow: null, body: {} });
  assert.deepEqual(await api.says('POST', '/proxies', { name: 'db', ...down, toxics: null }), [201, shown('db')]);
  assert.deepEqual(await api.says('GET', '/proxies/db'), [200, shown('db')]);
  assert.deepEqual(await api.says('GET', '/proxies'), [200, { db: shown('db') }]);
  assert.deepEqual(await api.says('POST', '/proxies', { name: 'db', ...down }), [
    409,
    { error: 'proxy already exists', status: 409 },
  ]);
  assert.deepEqual(await api.says('POST', '/proxies/db', { upstream: 'elsewhere:1' }), [
    200,
    shown('db', { upstream: 'elsewhere:1' }),
  ]);
  assert.deepEqual(await api.says('PATCH', '/proxies/db', { ...shown('db'), name: 'is not looked at' }), [200, shown('db')]);
  assert.deepEqual(await api.says('DELETE', '/proxies/db'), [204, undefined]);
  assert.deepEqual(await api.says('DELETE', '/proxies/db'), [404, { error: 'proxy not found', status: 404 }]);
  assert.deepEqual(await api.says('GET', '/version'), [200, { version: '2.12.0' }]);
});

test('what is wrong with a proxy is told in the words that clients compare', async (t) => {
  const api = await Api.serve(t);
  const wrong: [string, unknown, number, string][] = [
    ['/proxies', { name: '', upstream: '' }, 400, 'missing required field: name'],
    ['/proxies', { name: 'db', upstream: '' }, 400, 'missing required field: upstream'],
    ['/proxies', { name: 5, upstream }, 400, 'bad request body: name has to be a text'],
    ['/proxies', { name: 'db', upstream, enabled: 'yes' }, 400, 'bad request body: enabled has to be true or false'],
    ['/proxies', '', 400, 'bad request body: EOF'],
    ['/proxies', [], 400, 'bad request body: a proxy has to be a JSON object'],
    ['/proxies', { name: 'db', upstream: 'no address' }, 400, 'upstream: no address is not an address, such as redis:6379'],
    ['/proxies/db', { enabled: false }, 404, 'proxy not found'],
    ['/proxies/db/toxics', { type: 'latency' }, 404, 'proxy not found'],
  ];
  for (const [path, body, code, error] of wrong)
    assert.deepEqual(await api.says('POST', path, body), [code, { error, status: code }]);
  assert.deepEqual((await api.ask('GET', '/proxies')).body, {});

  const taken = await TcpServer.listen(t, echo);
  const answered = await api.ask('POST', '/proxies', { name: 'db', upstream, listen: taken.address });
  assert.equal(answered.code, 500);
  assert.match((answered.body as { error: string }).error, /EADDRINUSE/);
  assert.deepEqual((await api.ask('GET', '/proxies')).body, {});
});

test('the conversation of a client that adds, changes and removes toxics', async (t) => {
  const api = await Api.serve(t);
  await api.ask('POST', '/proxies', { name: 'db', ...down });
  const latency = (more: object = {}) => ({
    name: 'latency_downstream',
    type: 'latency',
    stream: 'downstream',
    toxicity: 1,
    attributes: { latency: 0, jitter: 0 },
    ...more,
  });
  assert.deepEqual(await api.says('GET', '/proxies/db/toxics'), [200, []]);
  assert.deepEqual(await api.says('POST', '/proxies/db/toxics', { type: 'latency', attributes: null }), [200, latency()]);
  const up = latency({ name: 'slow', stream: 'upstream', toxicity: 0.2, attributes: { latency: 100, jitter: 10 } });
  assert.deepEqual(await api.says('POST', '/proxies/db/toxics', up), [200, up]);
  assert.deepEqual(await api.says('GET', '/proxies/db/toxics'), [200, [up, latency()]]);
  assert.deepEqual(await api.says('GET', '/proxies/db/toxics/slow'), [200, up]);
  assert.deepEqual(await api.says('GET', '/proxies/db'), [200, shown('db', { toxics: [up, latency()] })]);

  const faster = { ...up, attributes: { latency: 50, jitter: 10 } };
  assert.deepEqual(await api.says('PATCH', '/proxies/db/toxics/slow', { attributes: { latency: 50 } }), [200, faster]);
  assert.deepEqual(await api.says('POST', '/proxies/db/toxics/slow', { toxicity: 0.5 }), [200, { ...faster, toxicity: 0.5 }]);
  assert.deepEqual(await api.says('DELETE', '/proxies/db/toxics/slow'), [204, undefined]);
  for (const method of ['GET', 'PATCH', 'DELETE'])
    assert.deepEqual(await api.says(method, '/proxies/db/toxics/slow', method === 'GET' ? undefined : {}), [
      404,
      { error: 'toxic not found', status: 404 },
    ]);
  assert.deepEqual(await api.says('GET', '/proxies/db/toxics'), [200, [latency()]]);
});

test('every toxic has its name and its attributes', async (t) => {
  const api = await Api.serve(t);
  await api.ask('POST', '/proxies', { name: 'db', ...down });
  const attributes: Record<string, Record<string, number>> = {
    latency: { latency: 1, jitter: 2 },
    bandwidth: { rate: 3 },
    slow_close: { delay: 4 },
    timeout: { timeout: 5 },
    reset_peer: { timeout: 6 },
    slicer: { average_size: 9, size_variation: 8, delay: 7 },
    limit_data: { bytes: 10 },
  };
  for (const [type, given] of Object.entries(attributes)) {
    const toxic = { type, stream: 'upstream', attributes: given };
    assert.deepEqual(await api.says('POST', '/proxies/db/toxics', toxic), [
      200,
      { ...toxic, name: `${type}_upstream`, toxicity: 1 },
    ]);
  }
});

test('what is wrong with a toxic is told, and nothing is changed', async (t) => {
  const api = await Api.serve(t);
  await api.ask('POST', '/proxies', { name: 'db', ...down });
  await api.ask('POST', '/proxies/db/toxics', { name: 'first', type: 'slicer', attributes: { average_size: 5 } });
  const before = (await api.ask('GET', '/proxies/db/toxics')).body;
  const wrong: [unknown, number, string][] = [
    [{ type: 'latency', stream: 'walrustream' }, 400, 'stream was invalid, can be either upstream or downstream'],
    [{ type: 'walrus' }, 400, `invalid toxic type; there are ${[...toxicKinds.keys()].join(', ')}`],
    [{ name: 'first', type: 'latency', stream: 'upstream' }, 409, 'toxic already exists'],
    [{ type: 'latency', attributes: { latency: '5' } }, 400, 'bad request body: latency has to be a number'],
    [{ type: 'latency', attributes: { latency: 1.5 } }, 400, 'bad request body: latency has to be a whole number, 0 or above'],
    [{ type: 'latency', attributes: { delay: 5 } }, 400, 'bad request body: unknown delay; known are latency, jitter'],
    [{ type: 'latency', toxicity: 2 }, 400, 'bad request body: toxicity has to be from 0 to 1'],
    [
      { type: 'slicer', attributes: { average_size: 5, size_variation: 5 } },
      400,
      'bad request body: size_variation has to be less than average_size',
    ],
  ];
  for (const [body, code, error] of wrong)
    assert.deepEqual(await api.says('POST', '/proxies/db/toxics', body), [code, { error, status: code }]);
  const conflict = await api.says('PATCH', '/proxies/db/toxics/first', { attributes: { size_variation: 5 } });
  assert.equal(conflict[0], 400);
  assert.deepEqual((await api.ask('GET', '/proxies/db/toxics')).body, before);
});

test('populate makes what is not there, and keeps what is', async (t) => {
  const api = await Api.serve(t);
  const [one, two] = [
    { name: 'one', ...down },
    { name: 'two', ...down },
  ];
  assert.deepEqual(await api.says('POST', '/populate', [one]), [201, { proxies: [shown('one')] }]);
  await api.ask('POST', '/proxies/one/toxics', { type: 'timeout' });
  const toxics = (await api.ask('GET', '/proxies/one/toxics')).body;
  assert.deepEqual(await api.says('POST', '/populate', [one, two]), [201, { proxies: [shown('one', { toxics }), shown('two')] }]);
  const moved = { ...one, upstream: 'elsewhere:1' };
  assert.deepEqual(await api.says('POST', '/populate', [moved]), [201, { proxies: [shown('one', { upstream: 'elsewhere:1' })] }]);
  assert.deepEqual(await api.says('POST', '/populate', [{ name: 'three', ...down }, { name: '' }]), [
    400,
    { error: 'missing required field: name at proxy 2', status: 400, proxies: [] },
  ]);
  assert.deepEqual(
    await api.says('POST', '/populate', [
      { name: 'three', ...down },
      { name: 'four', upstream: '?' },
    ]),
    [400, { error: 'upstream: ? is not an address, such as redis:6379', status: 400, proxies: [shown('three')] }],
  );
  assert.deepEqual(Object.keys((await api.ask('GET', '/proxies')).body as object), ['one', 'two', 'three']);
});

test('a proxy that is disabled closes its connections and takes none, until it is enabled or all is reset', async (t) => {
  const api = await Api.serve(t);
  const backend = await TcpServer.listen(t, echo);
  const made = await api.ask('POST', '/proxies', { name: 'db', upstream: backend.address, listen: '127.0.0.1:0', enabled: null });
  const { listen, enabled } = made.body as { listen: string; enabled: boolean };
  assert.equal(enabled, true);
  const port = Number(listen.split(':')[1]);
  const client = await dial(t, port);
  await client.send('hello');
  await client.receives(5);

  for (const [method, path, body] of [
    ['POST', '/proxies/db', { enabled: true }],
    ['POST', '/reset', undefined],
  ] as const) {
    const before = await dial(t, port);
    await before.send('1');
    await before.receives(1);
    await api.ask('POST', '/proxies/db/toxics', { type: 'timeout' });
    assert.equal(((await api.ask('POST', '/proxies/db', { enabled: false })).body as { enabled: boolean }).enabled, false);
    assert.equal(await before.ending, 'FIN');
    await assert.rejects(dial(t, port), /ECONNREFUSED/);
    await api.ask(method, path, body);
    const after = await dial(t, port);
    await after.send('2');
    if (path === '/reset') await after.receives(1);
    await api.ask('DELETE', '/proxies/db/toxics/timeout_downstream');
    await after.receives(1);
  }
  assert.equal(client.ended, 'FIN');
});

test('an updated upstream takes new connections, and those that live stay', async (t) => {
  const api = await Api.serve(t);
  const [first, second] = [await TcpServer.listen(t, echo), await TcpServer.listen(t, echo)];
  const made = await api.ask('POST', '/proxies', { name: 'db', upstream: first.address, listen: '127.0.0.1:0' });
  const port = Number((made.body as { listen: string }).listen.split(':')[1]);
  const client = await dial(t, port);
  await client.send('1');
  await client.receives(1);
  await api.ask('PATCH', '/proxies/db', { upstream: second.address });
  await client.send('2');
  await client.receives(2);
  const next = await dial(t, port);
  await next.send('3');
  await next.receives(1);
  assert.deepEqual([first.peers.length, second.peers.length], [1, 1]);
});

test('names may hold anything, encoded or not', async (t) => {
  const api = await Api.serve(t);
  for (const name of ['127.0.0.1:6379', '[::1]:6379', 'unix:/run/app.sock', 'ü %', 'a/toxics']) {
    await api.ask('POST', '/proxies', { name, ...down });
    assert.deepEqual(await api.says('GET', `/proxies/${encodeURIComponent(name)}`), [200, shown(name)]);
    await api.ask('POST', `/proxies/${encodeURIComponent(name)}/toxics`, { name: 'x/y', type: 'timeout' });
    const [code] = await api.says('DELETE', `/proxies/${encodeURIComponent(name)}/toxics/x%2Fy`);
    assert.equal(code, 204);
  }
  assert.deepEqual(await api.says('GET', '/proxies/unix:/run/app.sock'), [200, shown('unix:/run/app.sock')]);
  assert.deepEqual(await api.says('GET', '/proxies/unix:/run/app.sock/toxics'), [200, []]);
  assert.deepEqual(await api.says('DELETE', '/proxies/unix:/run/app.sock'), [204, undefined]);
  assert.equal((await api.ask('GET', '/proxies/%zz')).code, 400);
});

test('browsers, unknown methods and unknown paths are refused', async (t) => {
  const api = await Api.serve(t);
  const refused = { error: 'User agent not allowed', status: 403 };
  for (const headers of [{ 'user-agent': 'Mozilla/5.0 (X11)' }, { origin: 'http://example.com' }])
    for (const path of ['/proxies', '/faults', '/version'])
      assert.deepEqual((await api.ask('GET', path, undefined, headers)).body, refused);
  assert.equal((await api.ask('GET', '/proxies', undefined, { 'user-agent': 'curl/8' })).code, 200);
  const answered = await api.ask('PUT', '/proxies', {});
  assert.deepEqual([answered.code, answered.allow], [405, 'GET, POST']);
  assert.equal((await api.ask('GET', '/reset')).code, 405);
  assert.equal((await api.ask('POST', '/reset/all')).code, 404);
});
