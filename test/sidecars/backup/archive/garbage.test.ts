import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Garbage } from '../../../../sidecars/backup/archive/garbage.ts';

const mebibyte = 2 ** 20;

for (const { garbage, allowed } of [
  { garbage: new Garbage(), allowed: 64 },
  { garbage: new Garbage(8 * mebibyte), allowed: 32 },
])
  test(`buffers that nobody uses any more are freed while more of them are made: never ${allowed} MiB at once`, () => {
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    // some are still in use when the next come, as those are that are on their way
    const inUse: Buffer[] = [];
    for (let made = 0; made < 600; made += 1) {
      inUse.push(Buffer.alloc(mebibyte));
      if (inUse.length > 4) inUse.shift();
      garbage.made(mebibyte);
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(most < allowed * mebibyte, `${most} bytes of buffers at once`);
  });
