// More files than the process may have open at the same time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd } from '#harness/at-end.ts';
import { SidecarProcess } from '#harness/process.ts';
import { compare, exact, scene } from './scene.ts';

const main = fileURLToPath(new URL('../../../sidecars/logs/main.ts', import.meta.url));
const files = 700;

test('a job ships more files than it may open', async (t) => {
  const { folder, receiver, env } = await scene(t);
  const written = Array.from({ length: files }, (_, index) => `the only line of ${index}`);
  for (const [index, line] of written.entries()) writeFileSync(join(folder, `${index}.log`), `${line}\n`);
  const child = spawn('sh', ['-c', 'ulimit -n 200; exec "$@"', 'sh', process.execPath, main, '--once'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const job = new SidecarProcess(child);
  atEnd(t, () => job.stop('SIGKILL'));
  const { code, stderr } = await job.ended;
  assert.equal(code, 0, stderr);
  assert.deepEqual(compare(written, receiver.messages), exact);
});
