import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, echo, TcpServer } from '#harness/tcp.ts';
import { toxicKinds } from '../../../../sidecars/ambassador/faults/toxics/kinds.ts';
import { Api } from './host.ts';

/** A host with the routes `6379`, which listens, and `5432`, which is down. */
async function serve(t: Parameters<typeof Api.serve>[0]) {
  const api = await Api.serve(t);
  const backend = await TcpServer.listen(t, echo);
  const route = { listen: '127.0.0.1:0', upstream: backend.address };
  const { listen } = await api.host.create({ name: '6379', ...route, enabled: true });
  await api.host.create({ name: '5432', ...route, enabled: false });
  return { api, port: Number(listen.split(':')[1]) };
}

const whole = {
  name: 'latency_downstream',
  type: 'latency',
  stream: 'downstream',
  toxicity: 1,
  attributes: { latency: 150, jitter: 0 },
};

test('PUT replaces all faults of a route', async (t) => {
  const { api, port } = await serve(t);
  assert.deepEqual(await api.says('PUT', '/faults/6379', [{ type: 'timeout' }, { type: 'limit_data', stream: 'upstream' }]), [
    200,
    {
      down: false,
      toxics: [
        { name: 'timeout_downstream', type: 'timeout', stream: 'downstream', toxicity: 1, attributes: { timeout: 0 } },
        { name: 'limit_data_upstream', type: 'limit_data', stream: 'upstream', toxicity: 1, attributes: { bytes: 0 } },
      ],
    },
  ]);
  const faults = { down: false, toxics: [whole] };
  assert.deepEqual(await api.says('PUT', '/faults/6379', [{ type: 'latency', attributes: { latency: 150 } }]), [200, faults]);
  assert.deepEqual(await api.says('GET', '/faults/6379'), [200, faults]);
  assert.deepEqual(await api.says('GET', '/faults'), [200, { 6379: faults, 5432: { down: true, toxics: [] } }]);

  const client = await dial(t, port);
  const began = performance.now();
  await client.send('hello');
  await client.receives(5);
  assert.ok(performance.now() - began >= 150);
});

test('the long form brings a route down and up', async (t) => {
  const { api, port } = await serve(t);
  const client = await dial(t, port);
  await client.send('1');
  await client.receives(1);
  const down = { down: true, toxics: [whole] };
  assert.deepEqual(await api.says('PUT', '/faults/6379', down), [200, down]);
  assert.equal(await client.ending, 'FIN');
  await assert.rejects(dial(t, port), /ECONNREFUSED/);
  assert.deepEqual(await api.says('PUT', '/faults/6379', {}), [200, { down: false, toxics: [] }]);
  await dial(t, port);
});

test('DELETE ends the faults of a route, or of all', async (t) => {
  const { api } = await serve(t);
  const none = { down: false, toxics: [] };
  for (const path of ['/faults/6379', '/faults']) {
    await api.ask('PUT', '/faults/6379', { down: true, toxics: [whole] });
    assert.deepEqual(await api.says('DELETE', path), [204, undefined]);
    assert.deepEqual((await api.ask('GET', '/faults/6379')).body, none);
  }
  assert.deepEqual(await api.says('GET', '/faults/5432'), [200, none]);
});

test('what is wrong is told, and nothing is changed', async (t) => {
  const { api } = await serve(t);
  await api.ask('PUT', '/faults/6379', [whole]);
  const wrong: [unknown, number, string][] = [
    ['latency', 400, 'bad request body: Unexpected token \'l\', "latency" is not valid JSON'],
    [5, 400, 'bad request body: what is not a list of toxics has to be a JSON object'],
    [{ toxic: [] }, 400, 'bad request body: unknown toxic; known are down, toxics'],
    [{ toxics: {} }, 400, 'bad request body: toxics has to be a JSON list'],
    [{ down: 1 }, 400, 'bad request body: down has to be true or false'],
    [['latency'], 400, 'bad request body: a toxic has to be a JSON object'],
    [
      [{ type: 'latency', latency: 5 }],
      400,
      'bad request body: unknown latency; known are name, type, stream, toxicity, attributes',
    ],
    [{ down: true, toxics: [{ type: 'timeout' }, { type: 'timeout' }] }, 409, 'toxic already exists'],
    [{ down: true, toxics: [{ type: 'walrus' }] }, 400, `invalid toxic type; there are ${[...toxicKinds.keys()].join(', ')}`],
  ];
  for (const [body, code, error] of wrong)
    assert.deepEqual(await api.says('PUT', '/faults/6379', body), [code, { error, status: code }]);
  for (const method of ['GET', 'DELETE', 'PUT'])
    assert.equal((await api.ask(method, '/faults/80', method === 'PUT' ? [] : undefined)).code, 404);
  assert.deepEqual((await api.ask('GET', '/faults/6379')).body, { down: false, toxics: [whole] });
  const answered = await api.ask('POST', '/faults/6379', []);
  assert.deepEqual([answered.code, answered.allow], [405, 'GET, PUT, DELETE']);
});
