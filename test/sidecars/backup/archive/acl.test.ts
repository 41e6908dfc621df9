import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aclBytes, aclText } from '../../../../sidecars/backup/archive/acl.ts';

const text = 'user::rw-\nuser:1000:r--\ngroup::r-x\ngroup:4294967294:-wx\nmask::rwx\nother::---\n';
// version 2, and of each entry tag, permissions and number
const bytes = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '02000400e8030000',
    '04000500ffffffff',
    '08000300feffffff',
    '10000700ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
);

test('an ACL is told as getfacl does, with numbers, and read again', () => {
  assert.equal(aclText(bytes), text);
  assert.ok(aclBytes(text).equals(bytes));
  assert.ok(aclBytes(text.trimEnd().replaceAll('\n', ',')).equals(bytes));
});

test('a number behind a name counts, as star writes it', () => {
  assert.equal(
    aclText(aclBytes('user::rw-,user:alice:r--:1000,group::r--,mask::r--,other::---')).split('\n')[1],
    'user:1000:r--',
  );
});

for (const wrong of ['user:alice:rw-', 'user:1000:rw', 'nobody::rw-', 'mask:5:rw-', 'user::rw-x', '::', 'user:1000:rwz']) {
  test(`"${wrong}" is no ACL that can be set`, () => {
    assert.throws(() => aclBytes(wrong), /cannot read/);
  });
}

test('bytes that are no ACL are refused', () => {
  for (const hex of ['', '01000000', '0200000001', '02000000400006000000000'])
    assert.throws(() => aclText(Buffer.from(hex, 'hex')), /an ACL/);
  assert.throws(() => aclText(Buffer.from('020000004000060000000000', 'hex')), /unknown tag 64/);
});
