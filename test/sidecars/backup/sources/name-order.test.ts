import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareNames, isWithin } from '../../../../sidecars/backup/sources/name-order.ts';

test('a folder comes before what is in it, and that before names that the folder begins', () => {
  const ascending = ['a', 'a/b', 'a/b/c', 'a/b!', 'a/c', 'a b', 'a!', 'a-b', 'a.b', 'a.b/c', 'a0', 'ab', 'b', 'b/\x01', 'é', 'ÿ'];
  const names = ascending.map((name) => Buffer.from(name, 'latin1'));
  for (const [i, a] of names.entries()) {
    for (const [k, b] of names.entries())
      assert.equal(Math.sign(compareNames(a, b)), Math.sign(i - k), `${ascending[i]} and ${ascending[k]}`);
  }
});

test('within a folder is the folder and what is below it', () => {
  const within = (name: string, folder: string) => isWithin(Buffer.from(name), Buffer.from(folder));
  assert.ok(within('a', 'a') && within('a/b', 'a') && within('a/b/c', 'a') && within('a/b/c', 'a/b'));
  assert.ok(!within('ab', 'a') && !within('a.b', 'a') && !within('b', 'a') && !within('a', 'a/b'));
  assert.ok(within('a', '') && within('', ''), 'everything is within the root');
});
