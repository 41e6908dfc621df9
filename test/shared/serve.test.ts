import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { atEnd } from '#harness/at-end.ts';
import { SidecarProcess } from '#harness/process.ts';

const program = `
  import { once } from 'node:events';
  import { defineProgram } from '#shared/config/table.ts';
  import { run } from '#shared/run.ts';
  run({
    program: defineProgram({ name: 'probe', summary: 'Serves a page.', adminPort: 9899, options: {} }),
    check: async () => [],
    work: async ({ serve, stopping }) => {
      serve('/notes', ({ method, path, body }) => ({ code: 200, type: 'text/plain', body: [method, path, body].join(' ') }));
      try {
        serve('/livez', () => ({ code: 200, type: 'text/plain', body: '' }));
      } catch (error) {
        serve('/refused', () => ({ code: 200, type: 'text/plain', body: error.message }));
      }
      const work = setInterval(() => {}, 1000);
      await once(stopping, 'abort');
      clearInterval(work);
    },
  });`;

test('a sidecar serves pages of its own beside the four, and ends as ever', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: import.meta.dirname,
    env: { PATH: process.env.PATH, PROBE_ADMIN: '127.0.0.1:0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const running = new SidecarProcess(child);
  atEnd(t, () => running.stop('SIGKILL'));
  const admin = await running.admin();
  const notes = await fetch(`${admin}/notes/1?x`, { method: 'PATCH', body: 'hello' });
  assert.equal(await notes.text(), 'PATCH /notes/1 hello');
  assert.match(await (await fetch(`${admin}/refused`)).text(), /\/livez is served already/);
  assert.match(await (await fetch(`${admin}/`)).text(), /there are \/livez \/readyz \/metrics \/status \/notes \/refused/);
  const { code } = await running.stop();
  assert.equal(code, 0);
});
