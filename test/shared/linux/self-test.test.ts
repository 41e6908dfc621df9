import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { needs } from '#harness/needs.ts';
import { type Libc, openLibc } from '#shared/linux/libc.ts';
import { selfTest } from '#shared/linux/self-test.ts';

const linux = needs('linux');

test('the self-test passes here, and leaves no descriptor behind', linux, () => {
  const libc = openLibc();
  selfTest(libc);
  const before = readdirSync('/proc/self/fd').length;
  selfTest(libc);
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

for (const [what, broken, said] of [
  ['splice is refused, as by seccomp', (libc: Libc): Partial<Libc> => ({ splice: refused(libc.splice) }), /splice into a pipe/],
  ['pipes are refused', (libc: Libc): Partial<Libc> => ({ pipe2: refused(libc.pipe2) }), /pipe2/],
  ['epoll tells of nothing', (libc: Libc): Partial<Libc> => ({ epoll_wait: none(libc.epoll_wait) }), /the events of epoll/],
  ['errno is that of another thread', (): Partial<Libc> => ({ errno: () => 0 }), /errno/],
] as const) {
  test(`the self-test fails where ${what}, and leaves no descriptor behind`, linux, () => {
    const libc = openLibc();
    selfTest(libc);
    const before = readdirSync('/proc/self/fd').length;
    assert.throws(() => selfTest({ ...libc, ...broken(libc) }), said);
    assert.equal(readdirSync('/proc/self/fd').length, before);
  });
}

test('a Node without FFI is told by the error', linux, () => {
  const file = new URL('../../../shared/linux/libc.ts', import.meta.url);
  const script = `import(${JSON.stringify(file)}).then(({ openLibc }) => openLibc())`;
  const { status, stderr } = spawnSync(process.execPath, ['--no-experimental-ffi', '--eval', script], { encoding: 'utf8' });
  assert.notEqual(status, 0);
  assert.match(stderr, /Node was started without node:ffi/);
});

/** A function of the C library that fails whatever it is given. */
function refused<F extends (...args: never[]) => unknown>(whole: F): F {
  return Object.assign((() => -1) as unknown as F, { pointer: (whole as { pointer?: bigint }).pointer });
}

/** A function of the C library that finds nothing. */
function none<F extends (...args: never[]) => unknown>(whole: F): F {
  return Object.assign((() => 0) as unknown as F, { pointer: (whole as { pointer?: bigint }).pointer });
}
