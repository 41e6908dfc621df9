import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeRecords,
  encodeRecords,
  readTime,
  textRecord,
  timeText,
  xattrKey,
  xattrName,
} from '../../../../sidecars/backup/archive/pax.ts';

test('a record begins with its own length, also where that makes it longer', () => {
  assert.equal(encodeRecords([textRecord('path', 'abc')]).toString(), '12 path=abc\n');
  // 7 and one digit would be 8 to 9, and with two digits it is 10 at least
  for (let length = 0; length < 1100; length += 1) {
    const bytes = encodeRecords([{ key: 'k', value: Buffer.alloc(length, 'v') }]);
    assert.equal(Number(bytes.toString('latin1').split(' ')[0]), bytes.length);
    assert.equal(decodeRecords(bytes).get('k')?.length, length);
  }
});

test('records are read with any bytes in their values, and the last one of a key counts', () => {
  const value = Buffer.from([0, 10, 61, 32, 255, 10]);
  const bytes = encodeRecords([textRecord('a', 1), { key: 'b', value }, textRecord('a', 2)]);
  assert.deepEqual(
    [...decodeRecords(bytes)],
    [
      ['a', Buffer.from('2')],
      ['b', value],
    ],
  );
});

for (const damaged of [
  '',
  '12 path=abc',
  '13 path=abc\n',
  '11 path=abc\n',
  '0 a=b\n',
  'x path=abc\n',
  '12-path=abc\n',
  '12 path:abc\n',
  '9999999999 a=b\n',
]) {
  test(`records such as ${JSON.stringify(damaged)} are ${damaged === '' ? 'none' : 'refused'}`, () => {
    if (damaged === '') assert.equal(decodeRecords(Buffer.alloc(0)).size, 0);
    else assert.throws(() => decodeRecords(Buffer.from(damaged)), /its records are damaged/);
  });
}

for (const [seconds, nanoseconds, text] of [
  [0, 0, '0'],
  [1_700_000_000, 1, '1700000000.000000001'],
  [1_700_000_000, 999_999_999, '1700000000.999999999'],
  [-1, 500_000_000, '-0.500000000'],
  [-2, 500_000_000, '-1.500000000'],
  [-2, 0, '-2'],
  [253_402_300_800, 100_000_000, '253402300800.100000000'],
] as const) {
  test(`${seconds} s and ${nanoseconds} ns are ${text}, there and back`, () => {
    assert.equal(timeText({ seconds, nanoseconds }), text);
    assert.deepEqual(readTime(text), { seconds, nanoseconds });
  });
}

test('times with fewer or more digits than nanoseconds are read', () => {
  assert.deepEqual(readTime('12.5'), { seconds: 12, nanoseconds: 500_000_000 });
  assert.deepEqual(readTime('12.'), { seconds: 12, nanoseconds: 0 });
  assert.deepEqual(readTime('12.1234567899'), { seconds: 12, nanoseconds: 123_456_789 });
  for (const text of ['', 'x', '1e9', '1.x', '+1', ' 1']) assert.throws(() => readTime(text), /cannot read the time/);
});

for (const name of ['user.plain', 'user.a=b', 'user.%', 'user.%3D=%25', 'security.capability']) {
  test(`the name of the attribute ${name} is a key without "=", there and back`, () => {
    const key = xattrKey(name);
    assert.ok(!key.includes('='));
    assert.equal(xattrName(key), name);
  });
}

test('other keys are about no attribute', () => {
  assert.equal(xattrName('SCHILY.acl.access'), undefined);
  assert.equal(xattrName('path'), undefined);
});
