import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Garbage } from '../../../../sidecars/backup/archive/garbage.ts';

test('buffers that nobody uses any more are freed while more of them are made', () => {
  const garbage = new Garbage();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  // some are still in use when the next come, as those are that are on their way
  const inUse: Buffer[] = [];
  for (let made = 0; made < 600; made += 1) {
    inUse.push(Buffer.alloc(1 << 20));
    if (inUse.length > 4) inUse.shift();
    garbage.made(1 << 20);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  assert.ok(most < 64 << 20, `${most} bytes of buffers at once`);
});
