import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { ConnectionTable } from '../../../../sidecars/netprobe/sample/connection-table.ts';

test('a hundred thousand come and go: each is found with its numbers, and the places stay few', (t) => {
  const { below } = seeded(t);
  const table = new ConnectionTable();
  const truth = new Map<number, number>();
  const cookie = (number: number) => ({ cookieLow: number >>> 0, cookieHigh: number % 3 });
  let next = 1;
  for (let round = 0; round < 50; round += 1) {
    table.now = round * 10;
    for (let born = 0; born < 2000; born += 1) {
      const place = table.add(cookie(next));
      table.peer[place] = below(100);
      table.sent[place] = next * 10;
      truth.set(next, next * 10);
      next += 1;
    }
    for (const number of truth.keys()) {
      if (below(2) === 0) continue;
      const place = table.find(cookie(number));
      assert.ok(table.lives(place));
      table.end(place);
      truth.delete(number);
    }
  }
  for (const [number, sent] of truth) assert.equal(table.sent[table.find(cookie(number))], sent);
  assert.equal(table.find(cookie(next)), -1);
  let living = 0;
  for (let place = 0; place < table.places; place += 1) if (table.lives(place)) living += 1;
  assert.equal(living, truth.size);
  assert.ok(table.places <= 32_768, `${table.places} places for ${living}`);
});

test('one that has ended is known for five seconds, however many come after it', () => {
  const table = new ConnectionTable();
  const cookie = (number: number) => ({ cookieLow: number, cookieHigh: 0 });
  const first = table.add(cookie(1));
  table.end(first);
  const come = (from: number, count: number) => {
    for (let number = from; number < from + count; number += 1) table.end(table.add(cookie(number)));
  };
  table.now = 5;
  come(2, 5000);
  const place = table.find(cookie(1));
  assert.ok(place >= 0 && !table.lives(place));
  table.now = 6;
  come(6000, 20_000);
  assert.equal(table.find(cookie(1)), -1);
});

test('room is made for many at once, and what is known stays', () => {
  const table = new ConnectionTable();
  const place = table.add({ cookieLow: 7, cookieHigh: 1 });
  table.peer[place] = 3;
  table.sent[place] = 99;
  table.reserve(100_000);
  assert.equal(table.places, 131_072);
  const again = table.find({ cookieLow: 7, cookieHigh: 1 });
  assert.deepEqual([table.peer[again], table.sent[again]], [3, 99]);
  for (let number = 1; number <= 99_999; number += 1) table.peer[table.add({ cookieLow: number, cookieHigh: 0 })] = 1;
  assert.equal(table.places, 131_072);
});
