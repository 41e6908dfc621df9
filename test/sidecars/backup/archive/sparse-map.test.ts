import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeSparseMap, encodeSparseMap } from '../../../../sidecars/backup/archive/sparse-map.ts';

test('a map is numbers by line, filled with zeros to a block, and ends where the file does', () => {
  const map = encodeSparseMap([{ offset: 4096, length: 10 }], 10_000);
  assert.equal(map.length, 512);
  assert.equal(map.toString('latin1').replaceAll('\0', ''), '2\n4096\n10\n10000\n0\n');
  assert.equal(
    encodeSparseMap([{ offset: 5, length: 5 }], 10)
      .toString('latin1')
      .replaceAll('\0', ''),
    '1\n5\n5\n',
  );
});

for (const count of [0, 1, 40, 3000]) {
  test(`a map of ${count} stretches is read as soon as all of it is there`, () => {
    const stretches = Array.from({ length: count }, (_, index) => ({ offset: index * 1_000_000, length: 999 }));
    const size = count * 1_000_000 + 5;
    const bytes = encodeSparseMap(stretches, size);
    const followed = Buffer.concat([bytes, Buffer.alloc(100, 'x')]);
    assert.deepEqual(decodeSparseMap(followed), {
      stretches: [...stretches, { offset: size, length: 0 }],
      bytes: bytes.length,
      end: size,
    });
    const text = bytes.indexOf(0) < 0 ? bytes.length : bytes.indexOf(0);
    for (const cut of [0, 1, text >> 1, text - 1]) assert.equal(decodeSparseMap(bytes.subarray(0, cut)), undefined);
  });
}

for (const wrong of ['x\n', '-1\n', '1\n5\nx\n', '2\n10\n5\n3\n5\n', '99999999\n', '1\n'.padEnd(50, '7')]) {
  test(`${JSON.stringify(wrong)} is no map`, () => {
    assert.throws(() => decodeSparseMap(Buffer.from(wrong)), /the map of a sparse file/);
  });
}
