import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs } from '#harness/needs.ts';
import { S3Faults, takesPart } from '#harness/s3-faults.ts';
import { testBucket } from '#harness/s3-server.ts';

const run = promisify(execFile);
const program = fileURLToPath(new URL('upload-process.ts', import.meta.url));

test('an upload of a gibibyte takes the memory of its parts on the way, and no more', needs('linux'), async (t) => {
  const place = await testBucket(t, 'in-process');
  const faults = await S3Faults.start(t, place.access.endpoint);
  // the server in this process would keep them
  faults.next('part', takesPart, Number.POSITIVE_INFINITY);
  faults.next('complete', takesPart, Number.POSITIVE_INFINITY);
  const { stdout } = await run(process.execPath, [program, faults.url, place.name, '1024']);
  const { before, most } = JSON.parse(stdout);
  t.diagnostic(`${Math.round(before / 2 ** 20)} MiB before, at most ${Math.round(most / 2 ** 20)} MiB`);
  assert.ok(faults.count('part') >= 128);
  // two parts on their way, one that is filled, and what the collector of garbage leaves for a while
  assert.ok(most <= before + 40 * 2 ** 20, stdout);
});
