import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { exportsOf } from '../../images/bundling/part.ts';
import { neededBy, sharedParts } from '../../images/bundling/sharing.ts';

describe('a part that others fetch names from', () => {
  const files = {
    'a.ts': 'export const one = 1;\nexport interface Two {}',
    'b.ts': 'export class Two {}',
    'c.ts': 'export function one() {}',
  };

  function part(folder: string, names: readonly string[], more: Record<string, string> = {}) {
    for (const [name, text] of Object.entries({ ...files, ...more })) writeFileSync(join(folder, name), text);
    return { name: 'part', modules: new Set(names.map((name) => join(folder, name))) };
  }

  test('exports what its modules export', async (t) => {
    const folder = temporaryFolder(t);
    const text = await exportsOf(part(folder, ['a.ts', 'b.ts']));
    assert.equal(text, `export * from "${join(folder, 'a.ts')}";\nexport * from "${join(folder, 'b.ts')}";`);
  });

  test('is refused where a name would be lost: it is exported twice, or is a default', async (t) => {
    const folder = temporaryFolder(t);
    await assert.rejects(
      exportsOf(part(folder, ['a.ts', 'b.ts', 'c.ts'])),
      /part\.cjs cannot be made: one is exported by .*c\.ts and by .*a\.ts/,
    );
    const more = { 'd.ts': 'export default 1;' };
    await assert.rejects(
      exportsOf(part(folder, ['a.ts', 'd.ts'], more)),
      /part\.cjs cannot be made: default is exported by .*d\.ts/,
    );
  });
});

describe('what files of a sidecar share', () => {
  const at = (...modules: readonly string[]) => modules.map((module) => ({ module, isLater: false }));
  const later = (...modules: readonly string[]) => modules.map((module) => ({ module, isLater: true }));
  const imports = new Map(
    Object.entries({
      main: [...at('page', 'table'), ...later('check')],
      thread: at('table', 'ring'),
      verb: [...at('page', 'ring', 'view', 'check'), ...later('files')],
      page: at('text'),
      ring: [...at('block', 'text'), ...later('files')],
      table: at('text'),
      check: at('text', 'target'),
      view: at('odd'),
      odd: at('even'),
      even: [...at('odd'), ...later('view')],
    }),
  );
  const files = new Map(['verb', 'main', 'thread'].map((name) => [`the-${name}`, name]));

  test('is in one part for all that the same files need as soon, and in no other', () => {
    assert.deepEqual(
      sharedParts(files, imports)
        .map(({ name, modules }) => [name, [...modules]])
        .sort(),
      [
        ['the-main+the-thread+the-verb', ['text']],
        ['the-main+the-thread', ['table']],
        ['the-main+the-verb', ['page']],
        ['the-main-later+the-verb', ['check', 'target']],
        ['the-thread+the-verb', ['block', 'ring']],
        ['the-thread-later+the-verb-later', ['files']],
      ].sort(),
    );
  });

  test('leaves each file what it alone needs, in circles too', () => {
    const shared = new Set(sharedParts(files, imports).flatMap(({ modules }) => [...modules]));
    const own = [...neededBy('verb', imports).keys()].filter((module) => !shared.has(module));
    assert.deepEqual(own.sort(), ['even', 'odd', 'verb', 'view']);
    assert.deepEqual(sharedParts(new Map([['the-main', 'main']]), imports), []);
  });

  test('never has parts that wait for each other', () => {
    const parts = sharedParts(files, imports);
    const partOf = (module: string) => parts.find(({ modules }) => modules.has(module))?.name;
    const waits = new Map(
      parts.map(({ name, modules }) => {
        const needed = [...modules].flatMap((module) => imports.get(module) ?? []).filter(({ isLater }) => !isLater);
        return [name, at(...needed.flatMap(({ module }) => partOf(module) ?? []))];
      }),
    );
    for (const { name } of parts)
      for (const other of neededBy(name, waits).keys())
        if (other !== name) assert.ok(!neededBy(other, waits).has(name), `${name}, ${other}`);
  });
});
