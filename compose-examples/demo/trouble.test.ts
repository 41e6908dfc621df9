import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Encore } from './encore.ts';
import { Trouble, type Troubles } from './trouble.ts';

const troubles: Troubles = { stockEvery: 100, stocks: 3, logsAt: 50 };

test('instances are killed in turn, and only while both could take over', () => {
  const { trouble, killed, stocks, at } = begin();
  trouble.stir(at(99, 0));
  assert.deepEqual(killed, []);
  trouble.stir(at(100, 0));
  trouble.stir(at(150, 0));
  assert.deepEqual(killed, ['stock-1']);
  trouble.stir(at(200, 0, 'down'));
  stocks[0].standing = 'killed';
  trouble.stir(at(210, 0));
  assert.deepEqual(killed, ['stock-1'], 'the other one is needed');
  stocks[0].standing = 'running';
  trouble.stir(at(220, 0));
  trouble.stir(at(320, 0));
  trouble.stir(at(900, 0));
  assert.deepEqual(killed, ['stock-1', 'stock-2', 'stock-1'], 'no more than three');
});

test('the logs sidecar is killed once, when so many lines arrived', () => {
  const { trouble, killed, at } = begin();
  for (const shipped of [49, 50, 51, 99]) trouble.stir(at(0, shipped));
  assert.deepEqual(killed, ['logs']);
});

function begin() {
  const killed: string[] = [];
  const one = (name: string) => ({ standing: 'running', kill: () => killed.push(name) }) as { standing: string };
  const stocks = [one('stock-1'), one('stock-2')] as const;
  const sidecars = { logs: one('logs') } as unknown as { logs: Encore };
  const cast = { stocks, sidecars } as unknown as ConstructorParameters<typeof Trouble>[0];
  const at = (requests: number, shipped: number, state = 'up') =>
    ({ shop: { requests }, logs: { shipped }, ambassador: { backends: [{ state }, { state: 'up' }] } }) as unknown as Parameters<
      Trouble['stir']
    >[0];
  return { trouble: new Trouble(cast, troubles), killed, stocks, at };
}
