import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '#harness/folder.ts';
import { exportsOf } from '../../images/bundling/part.ts';

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
