import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Compared, differences } from '../../../../sidecars/backup/verbs/differences.ts';

const name = (path: string, more: Partial<Compared> = {}): Compared => ({
  name: Buffer.from(path),
  type: 'file',
  size: 1,
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 1n,
  ...more,
});

async function* listed(...names: readonly Compared[]): AsyncGenerator<Compared> {
  yield* names;
}

async function differ(before: readonly Compared[], after: readonly Compared[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { mark, name: path, what } of differences(listed(...before), listed(...after)))
    found.push([mark, path.toString(), ...what].join(' '));
  return found;
}

describe('what differs', () => {
  test('names that came and went, in the order of the walk', async () => {
    const before = [name('a', { type: 'directory' }), name('a/x'), name('a.b')];
    const after = [name('a', { type: 'directory' }), name('a/y'), name('a.b'), name('c')];
    assert.deepEqual(await differ(before, after), ['- a/x', '+ a/y', '+ c']);
    assert.deepEqual(await differ([], after.slice(2)), ['+ a.b', '+ c']);
    assert.deepEqual(await differ(before.slice(1), []), ['- a/x', '- a.b']);
  });

  test('each thing that can be another one', async () => {
    const old = name('x');
    const cases: readonly (readonly [Partial<Compared>, string])[] = [
      [{ size: 2, mtimeNs: 2n }, '~ x size time'],
      [{ mode: 0o600 }, '~ x mode'],
      [{ gid: 7 }, '~ x owner'],
      [{ type: 'directory', size: 0 }, '~ x type'],
    ];
    for (const [change, told] of cases) assert.deepEqual(await differ([old], [{ ...old, ...change }]), [told]);
  });

  test('a folder whose time alone is another one, and a file that is a link to another by now, are the same', async () => {
    const folder = name('d', { type: 'directory' });
    assert.deepEqual(await differ([folder], [{ ...folder, mtimeNs: 9n }]), []);
    assert.deepEqual(await differ([name('x')], [name('x', { type: 'hardlink', size: 0, target: Buffer.from('a') })]), []);
  });

  test('links with another text', async () => {
    const link = (target: string) => name('l', { type: 'symlink', size: 0, target: Buffer.from(target) });
    assert.deepEqual(await differ([link('a')], [link('b')]), ['~ l target']);
  });
});
