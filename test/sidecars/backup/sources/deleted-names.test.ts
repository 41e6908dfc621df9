import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '#harness/random.ts';
import { DeletedNames } from '../../../../sidecars/backup/sources/deleted-names.ts';
import { compareNames, isWithin } from '../../../../sidecars/backup/sources/name-order.ts';

const content = (names: DeletedNames) => Buffer.concat([...names.content()]);

test('nothing is nothing', () => {
  const names = new DeletedNames();
  assert.deepEqual([names.count, names.size, content(names).length], [0, 0, 0]);
});

test('names are kept, each closed by a NUL, without what goes with a folder', () => {
  const names = new DeletedNames();
  for (const name of ['a', 'a/b', 'a/b/c', 'a.b', 'b/x', 'b/y/z', 'é\n']) names.add(Buffer.from(name));
  assert.equal(content(names).toString(), 'a\0a.b\0b/x\0b/y/z\0é\n\0');
  assert.deepEqual([names.count, names.size], [5, content(names).length]);
});

test('many names over many pieces, short and of the greatest length', (t) => {
  const random = seeded(t);
  const names = new DeletedNames();
  const sorted = Array.from({ length: 20_000 }, () => {
    const length = random.below(50) === 0 ? 4096 : 1 + random.below(40);
    return Buffer.from(Array.from({ length }, () => random.pick([0x2f, 0x61, 0x62, 0xff])));
  }).sort(compareNames);
  const expected: Buffer[] = [];
  for (const name of sorted) {
    const last = expected.at(-1);
    if (last === undefined || !isWithin(name, last)) expected.push(name);
    names.add(name);
  }
  const text = Buffer.concat(expected.flatMap((name) => [name, Buffer.alloc(1)]));
  assert.ok(content(names).equals(text));
  assert.deepEqual([names.count, names.size], [expected.length, text.length]);
  assert.ok(content(names).equals(text), 'a second time');
});
