import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Stage } from './stage.ts';
import { StockClient } from './stock-client.ts';

test('a question whose connection is gone is put again, on a new one', async (t) => {
  const stage = new Stage();
  t.after(() => stage.clear());
  const first = stage.start('stock', 'stock.ts', { args: ['--listen', '127.0.0.1:0'] });
  const url = await first.says(/listening on (\S+)/);
  const client = open(t, url);
  assert.equal(await client.left(7), 9);
  assert.equal(client.repeats, 0);

  first.kill('SIGSTOP');
  const refused = assert.rejects(client.left(8), /ECONNREFUSED/);
  first.kill('SIGKILL');
  await first.ended;
  await refused;
  assert.equal(client.repeats, 2);

  const second = stage.start('stock', 'stock.ts', { args: ['--listen', new URL(url).host] });
  await second.says(/listening on (\S+)/);
  assert.equal(await client.left(8), 16);
});

test('more questions than one connection takes are all answered', async (t) => {
  const stage = new Stage();
  t.after(() => stage.clear());
  const url = await stage.start('stock', 'stock.ts', { args: ['--listen', '127.0.0.1:0'] }).says(/listening on (\S+)/);
  const client = open(t, url);
  const answers = [];
  for (let asked = 0; asked < 250; asked += 1) answers.push(await client.left(asked % 40));
  assert.deepEqual(
    answers,
    Array.from({ length: 250 }, (_, asked) => ((asked % 40) * 7) % 40),
  );
  assert.equal(client.repeats, 0);
});

function open(t: TestContext, url: string): StockClient {
  const client = new StockClient(url);
  t.after(() => client.close());
  return client;
}
