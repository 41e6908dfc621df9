import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';

// a program of some megabytes, as a bundle is: what V8 took to compile it is free afterwards
const script = `
  import { privateMemory } from '#harness/proc.ts';
  import { returnFreedMemory } from '#shared/linux/heap.ts';
  const source = Array.from({ length: 60_000 }, (_, index) => 'function f' + index + '(a, b) { return a + b * ' + index + ' }').join('\\n');
  new Function(source)();
  const before = privateMemory(process.pid);
  const done = returnFreedMemory();
  console.log(JSON.stringify({ done, before, after: privateMemory(process.pid) }));
`;

test('memory that was freed goes back to the system', needs('linux'), (t) => {
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', script];
  const cwd = new URL('../../..', import.meta.url);
  const { done, before, after } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd }));
  t.diagnostic(`private memory: ${before} bytes before, ${after} after`);
  assert.equal(done, true);
  assert.ok(after < before - 2 ** 20, `${before} bytes before, ${after} after`);
});
