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
  const imports = new Map(
    Object.entries({
      main: ['page', 'table'],
      thread: ['table', 'ring'],
      verb: ['page', 'ring', 'view', 'table'],
      page: ['text'],
      ring: ['block', 'text'],
      table: ['text'],
      view: ['odd'],
      odd: ['even'],
      even: ['odd'],
    }),
  );
  const files = new Map(['verb', 'main', 'thread'].map((name) => [`the-${name}`, name]));

  test('is in one part for all that the same files need, and in no other', () => {
    assert.deepEqual(
      sharedParts(files, imports).map(({ name, modules }) => [name, [...modules]]),
      [
        ['the-main+the-verb', ['page']],
        ['the-thread+the-verb', ['block', 'ring']],
        ['the-main+the-thread+the-verb', ['table', 'text']],
      ],
    );
  });

  test('leaves each file what it alone needs, in circles too', () => {
    const shared = new Set(sharedParts(files, imports).flatMap(({ modules }) => [...modules]));
    assert.deepEqual([...neededBy('verb', imports)].filter((module) => !shared.has(module)).sort(), [
      'even',
      'odd',
      'verb',
      'view',
    ]);
    assert.deepEqual(sharedParts(new Map([['the-main', 'main']]), imports), []);
  });

  test('never has parts that wait for each other', () => {
    const parts = sharedParts(files, imports);
    const partOf = (module: string) => parts.find(({ modules }) => modules.has(module));
    const waits = new Map(
      parts.map((part) => [
        part.name,
        [...part.modules].flatMap((module) => (imports.get(module) ?? []).flatMap((each) => partOf(each)?.name ?? [])),
      ]),
    );
    for (const { name } of parts)
      for (const other of neededBy(name, waits))
        if (other !== name) assert.ok(!neededBy(other, waits).has(name), `${name}, ${other}`);
  });
});
