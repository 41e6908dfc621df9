import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  blockSize,
  decodeHeader,
  encodeHeader,
  flags,
  type HeaderFields,
  isZero,
} from '../../../../sidecars/backup/archive/tar-header.ts';

const plain: HeaderFields = {
  flag: flags.file,
  name: Buffer.from('some/name'),
  mode: 0o4755,
  uid: 1000,
  gid: 1001,
  size: 12_345,
  seconds: 1_700_000_000,
  target: undefined,
  major: 0,
  minor: 0,
};

function encoded(fields: Partial<HeaderFields>): Buffer {
  const block = Buffer.alloc(blockSize, 0xee);
  encodeHeader(block, 0, { ...plain, ...fields });
  return block;
}

test('a header is written as ustar has it', () => {
  const block = encoded({ target: Buffer.from('over/there'), flag: flags.symlink });
  const text = (from: number, length: number) => block.toString('latin1', from, from + length);
  assert.equal(text(0, 10), 'some/name\0');
  assert.equal(text(100, 8), '0004755\0');
  assert.equal(text(108, 8), '0001750\0');
  assert.equal(text(124, 12), '00000030071\0');
  assert.equal(text(136, 12), '14524770400\0');
  assert.match(text(148, 8), /^[0-7]{6}\0 $/);
  assert.equal(text(156, 12), '2over/there\0');
  assert.equal(text(257, 8), 'ustar\x0000');
  assert.ok(block.subarray(265).every((byte) => byte === 0));
});

for (const [what, fields] of Object.entries<Partial<HeaderFields>>({
  'all fields': {},
  'a name that fills its field': { name: Buffer.alloc(100, 'n') },
  'a name of any bytes': { name: Buffer.from('\xff\xfe\n', 'latin1') },
  'a target that fills its field': { target: Buffer.alloc(100, 't'), flag: flags.symlink },
  'the largest numbers that fit': { uid: 0o7777777, gid: 0o7777777, size: 0o77777777777, seconds: 0o77777777777, mode: 0o7777 },
  'a size beyond 8 GiB': { size: 9 * 2 ** 40 },
  'the largest size': { size: Number.MAX_SAFE_INTEGER },
  'a device': { flag: flags.block, major: 259, minor: 0o7777777 },
})) {
  test(`${what} are read as they were written`, () => {
    const { target = Buffer.alloc(0), ...fieldsRead } = { ...plain, ...fields };
    assert.deepEqual(decodeHeader(encoded(fields)), { ...fieldsRead, target });
  });
}

test('numbers of GNU, with their highest bit set, are read', () => {
  const block = encoded({});
  Buffer.from('ffffffffffffffffffffff85', 'hex').copy(block, 136); // -123
  Buffer.from('8000000000300000', 'hex').copy(block, 108);
  rewriteChecksum(block);
  const read = decodeHeader(block);
  assert.equal(read?.seconds, -123);
  assert.equal(read?.uid, 0x300000);
});

test('numbers with spaces around them, and the prefix of a name, are read as old tars wrote them', () => {
  const block = encoded({});
  block.write('   644 \0', 100, 'latin1');
  block.write('a/long/prefix', 345, 'latin1');
  rewriteChecksum(block);
  const read = decodeHeader(block);
  assert.equal(read?.mode, 0o644);
  assert.equal(read?.name.toString(), 'a/long/prefix/some/name');
});

test('what does not fit is cut off, and no field runs into the next', () => {
  const read = decodeHeader(encoded({ name: Buffer.alloc(300, 'n'), uid: 3_000_000_000, seconds: -5 }));
  assert.equal(read?.name.length, 100);
  assert.equal(read?.uid, 0o7777777);
  assert.equal(read?.seconds, 0);
  assert.equal(read?.mode, plain.mode);
});

test('a header of which any bit is another one is none, or says the same', () => {
  const block = encoded({});
  const said = decodeHeader(block);
  for (let bit = 0; bit < blockSize * 8; bit += 1) {
    const flipped = Buffer.from(block);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const read = decodeHeader(flipped);
    if (read === undefined) continue;
    // spaces around the checksum are as good as zeros
    assert.ok(bit >= 148 * 8 && bit < 156 * 8, `bit ${bit}`);
    assert.deepEqual(read, said);
  }
});

test('a block of zeros is told from one that has anything in it', () => {
  assert.ok(isZero(Buffer.alloc(blockSize)));
  assert.ok(!isZero(Buffer.alloc(blockSize, 0).fill(1, 511)));
});

function rewriteChecksum(block: Buffer): void {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}
