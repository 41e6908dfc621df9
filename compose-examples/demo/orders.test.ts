import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { databaseName, Orders, ordersIn } from './orders.ts';

test('orders are kept, numbered on, and read again', (t) => {
  const folder = temporaryFolder(t);
  const time = new Date('2026-11-27T10:00:00.000Z');
  const before = new Orders(folder);
  assert.deepEqual([before.add(7, time), before.add(9, time)], [1, 2]);
  before.close();
  const orders = new Orders(folder);
  assert.equal(orders.count, 2);
  assert.equal(orders.add(11, time), 3);
  assert.equal(orders.count, 3);
  orders.close();
  assert.deepEqual(
    ordersIn(folder),
    [7, 9, 11].map((product, index) => ({ id: index + 1, product, time: time.toISOString() })),
  );
});

test('what is no database is not read as an empty one', (t) => {
  const folder = temporaryFolder(t);
  assert.throws(() => ordersIn(folder), /unable to open/);
  writeFileSync(join(folder, databaseName), 'x'.repeat(8192));
  assert.throws(() => ordersIn(folder), /not a database/);
});
