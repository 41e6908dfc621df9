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

function evaluate(text: string, flags: readonly string[] = []) {
  const args = [...flags, '--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '--eval', text];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: new URL('../../..', import.meta.url) }));
}

test('memory that was freed goes back to the system', needs('linux'), (t) => {
  const { done, before, after } = evaluate(script);
  t.diagnostic(`private memory: ${before} bytes before, ${after} after`);
  assert.equal(done, true);
  assert.ok(after < before - 2 ** 20, `${before} bytes before, ${after} after`);
});

// as much as a run takes for its buffers; where it is not kept, it is unmapped
const holding = (keep: boolean) => `
  import { DynamicLibrary, toArrayBuffer } from 'node:ffi';
  import { privateMemory } from '#harness/proc.ts';
  import { keepFreedMemory } from '#shared/linux/heap.ts';
  const done = ${keep} && keepFreedMemory();
  const { malloc, free } = new DynamicLibrary('libc.so.6').getFunctions({
    malloc: { return: 'pointer', arguments: ['u64'] },
    free: { return: 'void', arguments: ['pointer'] },
  });
  const before = privateMemory(process.pid);
  const address = malloc(20n * 2n ** 20n);
  new Uint8Array(toArrayBuffer(address, 20 * 2 ** 20, false)).fill(1);
  const used = privateMemory(process.pid) - before;
  free(address);
  console.log(JSON.stringify({ done, used, freed: privateMemory(process.pid) - before }));
`;

test('memory that was freed stays for the next that is asked for, where it is to be kept', needs('linux'), () => {
  const [given, kept] = [evaluate(holding(false)), evaluate(holding(true))];
  assert.equal(kept.done, true);
  for (const { used } of [given, kept]) assert.ok(used > 19 * 2 ** 20, `${used} bytes of 20 MiB are used`);
  assert.ok(given.freed < 5 * 2 ** 20, `${given.freed} bytes are left`);
  assert.ok(kept.freed > 15 * 2 ** 20, `${kept.freed} bytes are left where they are to be kept`);
});
